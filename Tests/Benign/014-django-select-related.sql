-- Django: select_related
SELECT "orders"."id", "orders"."user_id", "orders"."total", "users"."id", "users"."full_name", "users"."email" FROM "orders" INNER JOIN "users" ON ("orders"."user_id" = "users"."id") WHERE "orders"."state" = 'paid' ORDER BY "orders"."id" LIMIT 5;
