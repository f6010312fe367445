-- ActiveRecord: includes, scopes, counters
SELECT "users".* FROM "users" WHERE "users"."id" BETWEEN 1 AND 3 ORDER BY "users"."id" ASC;

SELECT "orders".* FROM "orders" WHERE "orders"."user_id" IN (1, 2, 3) ORDER BY "orders"."id";

SELECT "orders"."user_id", COUNT(*) AS "count_all" FROM "orders" GROUP BY "orders"."user_id" ORDER BY 1;

SELECT "users".* FROM "users" INNER JOIN "orders" ON "orders"."user_id" = "users"."id" WHERE "orders"."state" = 'paid' GROUP BY "users"."id" HAVING (count(orders.id) > 1) ORDER BY "users"."id" LIMIT 3;

UPDATE "orders" SET "state" = 'sent', "note" = NULL WHERE "orders"."id" = 5;

SELECT 1 AS one FROM "users" WHERE "users"."full_name" = 'Person 2' AND "users"."id" != 2 LIMIT 1;
