-- Django: select_for_update() of whole models, of=("self",), no_key, skip_locked, nowait
BEGIN;

SELECT "users"."id", "users"."full_name", "users"."email", "users"."card", "users"."ssn", "users"."born", "users"."note" FROM "users" WHERE "users"."id" = 1 LIMIT 21 FOR UPDATE;

SELECT "users"."id", "users"."full_name", "users"."email", "users"."born", "users"."note" FROM "users" WHERE "users"."id" IN (2, 3) ORDER BY "users"."id" ASC FOR NO KEY UPDATE;

SELECT "orders"."id", "orders"."user_id", "orders"."total", "users"."id", "users"."full_name", "users"."email" FROM "orders" INNER JOIN "users" ON ("orders"."user_id" = "users"."id") WHERE "orders"."id" = 4 LIMIT 21 FOR UPDATE OF "orders", "users";

SELECT "orders"."id", "orders"."user_id", "orders"."total", "users"."id", "users"."full_name", "users"."email" FROM "orders" INNER JOIN "users" ON ("orders"."user_id" = "users"."id") WHERE "orders"."id" = 5 LIMIT 21 FOR UPDATE OF "orders";

SELECT "users"."id", "users"."email" FROM "users" WHERE "users"."note" LIKE 'note%' ORDER BY "users"."id" ASC LIMIT 1 FOR UPDATE SKIP LOCKED;

UPDATE "users" SET "full_name" = 'Person 1', "note" = 'django' WHERE "users"."id" = 1;

SELECT "users"."id", "users"."card" FROM "users" WHERE "users"."id" = 6 FOR UPDATE NOWAIT;

COMMIT;
