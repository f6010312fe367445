-- Django's ORM, captured: a transaction with a row lock
BEGIN;

SELECT "orders"."id", "orders"."user_id", "orders"."total", "orders"."state", "orders"."note", "orders"."created_at" FROM "orders" WHERE "orders"."id" = 2 LIMIT 21 FOR UPDATE;

UPDATE "orders" SET "state" = 'paid' WHERE "orders"."id" = 2;

UPDATE "orders" SET "total" = ("orders"."total" + 1), "note" = 'x' WHERE "orders"."user_id" = 3;

SAVEPOINT "s139806854445952_x1";

INSERT INTO "orders" ("id", "user_id", "total", "state", "note", "created_at") SELECT * FROM UNNEST(('{700,701}'::int4[])::integer[], ('{1,1}'::int4[])::integer[], ('{1,1}'::numeric[])::numeric[], ('{new,new}')::text[], ('{NULL,NULL}')::text[], ('{"2024-01-01 00:00:00+00:00","2024-01-01 00:00:00+00:00"}'::timestamptz[])::timestamp with time zone[]);

RELEASE SAVEPOINT "s139806854445952_x1";

DELETE FROM "orders" WHERE "orders"."id" >= 700;

UPDATE "users" SET "note" = 'seen' WHERE "users"."id" = 1;

COMMIT;

SELECT "users"."id", "users"."full_name", "users"."born", "users"."note" FROM "users" ORDER BY "users"."id" ASC LIMIT 1;

DECLARE "_django_curs_139806854445952_sync_1" NO SCROLL CURSOR WITH HOLD FOR SELECT "users"."id", "users"."full_name" FROM "users" ORDER BY "users"."id" ASC;

FETCH FORWARD 10 FROM "_django_curs_139806854445952_sync_1";

CLOSE "_django_curs_139806854445952_sync_1";

SELECT DISTINCT "users"."id", "users"."full_name", "users"."email", "users"."card", "users"."born", "users"."note" FROM "users" WHERE ("users"."id" < 3 OR "users"."full_name" = 'Person 9') ORDER BY "users"."id" ASC;

(SELECT "users"."note" AS "note" FROM "users" ORDER BY "users"."id" ASC) UNION (SELECT "orders"."note" AS "note" FROM "orders") ORDER BY 1 ASC LIMIT 4;
