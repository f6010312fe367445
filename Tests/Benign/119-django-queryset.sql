-- Django's ORM, captured: lists, joins and exists
SELECT set_config('TimeZone', 'UTC', false);

SELECT "users"."id", "users"."full_name", "users"."email", "users"."card", "users"."born", "users"."note" FROM "users" WHERE UPPER("users"."full_name"::text) LIKE UPPER('%son 1%') ORDER BY "users"."id" DESC LIMIT 3;

SELECT "users"."id", "users"."full_name", "users"."email", "users"."card", "users"."born", "users"."note" FROM "users" WHERE "users"."id" = 3 LIMIT 21;

SELECT COUNT(*) AS "__count" FROM "users";

SELECT 1 AS "a" FROM "users" WHERE "users"."email" IS NULL LIMIT 1;

SELECT "orders"."id", "orders"."user_id", "orders"."total", "orders"."state", "orders"."note", "orders"."created_at", "users"."id", "users"."full_name", "users"."email", "users"."card", "users"."born", "users"."note" FROM "orders" INNER JOIN "users" ON ("orders"."user_id" = "users"."id") ORDER BY "orders"."id" ASC LIMIT 2;

SELECT "users"."id", "users"."full_name", "users"."email", "users"."card", "users"."born", "users"."note" FROM "users" ORDER BY "users"."id" ASC LIMIT 2;
