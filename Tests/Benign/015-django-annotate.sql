-- Django: annotate and values
SELECT "users"."id", "users"."full_name", COUNT("orders"."id") AS "n" FROM "users" LEFT OUTER JOIN "orders" ON ("users"."id" = "orders"."user_id") GROUP BY "users"."id" HAVING COUNT("orders"."id") > 2 ORDER BY "n" DESC, "users"."id" LIMIT 5;

SELECT "users"."id", "users"."full_name", "users"."email", COUNT("orders"."id") AS "n" FROM "users" INNER JOIN "orders" ON ("users"."id" = "orders"."user_id") GROUP BY "users"."id" ORDER BY "users"."id" LIMIT 3;
