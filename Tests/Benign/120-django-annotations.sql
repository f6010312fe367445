-- Django's ORM, captured: annotations, windows and subqueries
SELECT "orders"."id", "orders"."user_id", "orders"."total", "orders"."state", "orders"."note", "orders"."created_at" FROM "orders" WHERE "orders"."user_id" IN (1, 2);

SELECT "users"."id" AS "id", "users"."full_name" AS "full_name", COUNT("orders"."id") AS "n", SUM("orders"."total") AS "t" FROM "users" LEFT OUTER JOIN "orders" ON ("users"."id" = "orders"."user_id") GROUP BY 1, 2, "users"."email", "users"."card", "users"."born", "users"."note" HAVING COUNT("orders"."id") > 2 ORDER BY 1 ASC LIMIT 4;

SELECT "users"."id" AS "id" FROM "users" WHERE EXISTS(SELECT 1 AS "a" FROM "orders" U0 WHERE (U0."state" = 'paid' AND U0."user_id" = ("users"."id")) LIMIT 1) ORDER BY 1 ASC LIMIT 5;

SELECT "orders"."id" AS "id", RANK() OVER (PARTITION BY "orders"."state" ORDER BY "orders"."total" DESC) AS "r" FROM "orders" ORDER BY 1 ASC LIMIT 5;

SELECT DATE_TRUNC('year', "users"."born") AS "y", COUNT("users"."id") AS "c" FROM "users" GROUP BY 1 ORDER BY 1 ASC;

SELECT "users"."id" AS "id", (SELECT U0."id" AS "id" FROM "orders" U0 WHERE U0."user_id" = ("users"."id") ORDER BY 1 DESC LIMIT 1) AS "last" FROM "users" ORDER BY 1 ASC LIMIT 3;

SELECT "users"."id", "users"."full_name", "users"."born", "users"."note" FROM "users" ORDER BY "users"."id" ASC LIMIT 1;

SELECT DISTINCT "users"."id", "users"."full_name", "users"."email", "users"."card", "users"."born", "users"."note" FROM "users" WHERE ("users"."id" < 3 OR "users"."full_name" = 'Person 9') ORDER BY "users"."id" ASC;
