-- Django: select_for_update of free columns
BEGIN;

SELECT "users"."id", "users"."note" FROM "users" WHERE "users"."id" = 4 FOR UPDATE;

UPDATE "users" SET "note" = 'locked' WHERE "users"."id" = 4;

COMMIT;
