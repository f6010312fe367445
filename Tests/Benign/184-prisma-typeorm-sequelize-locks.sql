-- Prisma ($queryRaw), TypeORM (setLock), Sequelize (lock: true), Knex (forUpdate), Ecto (lock): rows with masked columns
BEGIN;

SELECT * FROM "users" WHERE id = 1 FOR UPDATE;

SELECT * FROM "public"."users" WHERE "id" = 2 FOR UPDATE;

SELECT "User"."id" AS "User_id", "User"."full_name" AS "User_full_name", "User"."email" AS "User_email", "User"."note" AS "User_note" FROM "users" "User" WHERE "User"."id" = 3 FOR UPDATE;

SELECT "User"."id" AS "User_id", "User"."email" AS "User_email" FROM "users" "User" WHERE (("User"."id" = 4)) LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED;

SELECT "id", "full_name", "email", "card", "born", "note" FROM "users" AS "User" WHERE "User"."id" = 5 FOR UPDATE OF "User";

select * from "users" where "id" = 6 for update;

select "users"."id", "email" from "users" where "id" = 7 for share;

SELECT u0."id", u0."email", u0."note" FROM "users" AS u0 WHERE (u0."id" = 8) FOR UPDATE;

SELECT e.* FROM events e WHERE e.id = 3 FOR UPDATE;

COMMIT;
