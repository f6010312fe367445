-- Django: exists and count
SELECT 1 AS "a" FROM "users" WHERE "users"."id" = 5 LIMIT 1;

SELECT COUNT(*) AS "__count" FROM "users" WHERE "users"."full_name" LIKE 'Person 1%';
