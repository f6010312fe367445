-- Rails: lock!, with_lock, lock("FOR UPDATE NOWAIT"), a batch under a lock
BEGIN;

SELECT "users".* FROM "users" WHERE "users"."id" = 1 LIMIT 1 FOR UPDATE;

SAVEPOINT active_record_1;

SELECT "users".* FROM "users" WHERE "users"."id" = 2 LIMIT 1 FOR UPDATE NOWAIT;

UPDATE "users" SET "note" = 'seen by Rails' WHERE "users"."id" = 2;

RELEASE SAVEPOINT active_record_1;

SELECT "users".* FROM "users" WHERE "users"."note" = 'note 7' ORDER BY "users"."id" ASC LIMIT 1 FOR UPDATE SKIP LOCKED;

SELECT "users".* FROM "users" INNER JOIN "orders" ON "orders"."user_id" = "users"."id" WHERE "orders"."id" = 9 LIMIT 1 FOR SHARE;

SELECT "users"."id", "users"."email" FROM "users" WHERE "users"."id" IN (3, 4, 5) ORDER BY "users"."id" ASC LIMIT 1000 FOR UPDATE OF "users";

COMMIT;
