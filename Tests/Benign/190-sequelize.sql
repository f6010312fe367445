-- Sequelize: what it asks of the catalogue, and its finders
SHOW SERVER_VERSION;

SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_name = 'users';

SELECT i.relname AS name, ix.indisprimary AS primary, ix.indisunique AS unique, ix.indkey AS indkey, array_agg(a.attnum) as column_indexes, array_agg(a.attname) AS column_names, pg_get_indexdef(ix.indexrelid) AS definition FROM pg_class t, pg_class i, pg_index ix, pg_attribute a WHERE t.oid = ix.indrelid AND i.oid = ix.indexrelid AND a.attrelid = t.oid AND t.relkind = 'r' and t.relname = 'orders' GROUP BY i.relname, ix.indexrelid, ix.indisprimary, ix.indisunique, ix.indkey ORDER BY i.relname;

SELECT "id", "full_name" AS "fullName", "email", "card", "note" FROM "users" AS "User" WHERE "User"."id" = 3 LIMIT 1;

SELECT count(*) AS "count" FROM "users" AS "User" WHERE "User"."note" ILIKE '%1%';

SELECT "User".*, "orders"."id" AS "orders.id", "orders"."total" AS "orders.total" FROM (SELECT "User"."id", "User"."full_name", "User"."email" FROM "public"."users" AS "User" WHERE "User"."id" < 4 ORDER BY "User"."id" ASC LIMIT 10 OFFSET 0) AS "User" LEFT OUTER JOIN "public"."orders" AS "orders" ON "User"."id" = "orders"."user_id" ORDER BY "User"."id" ASC, "orders"."id" ASC;

START TRANSACTION; SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; UPDATE "users" SET "note"='by sequelize' WHERE "id" = 4 RETURNING "id", "full_name", "email", "note"; COMMIT;

DELETE FROM "order_items" WHERE "order_id" = 5;
