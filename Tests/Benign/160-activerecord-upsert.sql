-- Rails: upsert_all, insert_all and pluck
INSERT INTO "users" ("id","full_name","born","note") VALUES (1, 'Person 1', '1980-01-01', 'r'), (902, 'Person 902', '1981-01-01', 'r') ON CONFLICT ("id") DO UPDATE SET "note"=excluded."note" RETURNING "id";

SELECT "users"."id", "users"."full_name" FROM "users" WHERE "users"."note" = 'r' ORDER BY "users"."id" ASC;

SELECT 1 AS one FROM "users" WHERE "users"."full_name" = 'Person 3' LIMIT 1;

SELECT COUNT(*) AS "count_all", "orders"."state" AS "orders_state" FROM "orders" INNER JOIN "users" ON "users"."id" = "orders"."user_id" GROUP BY "orders"."state" ORDER BY 2;

DELETE FROM "users" WHERE "users"."id" = 902;
