-- Rails: find and where
SELECT "users".* FROM "users" WHERE "users"."id" = 7 LIMIT 1;

SELECT "orders".* FROM "orders" WHERE "orders"."user_id" IN (1, 2, 3) ORDER BY "orders"."id";

SELECT 1 AS one FROM "users" WHERE "users"."full_name" = 'Person 3' LIMIT 1;
