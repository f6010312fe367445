-- GORM's migrator, pgx's type loading, sqlx's describe
SELECT CURRENT_DATABASE();

SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public' AND table_name = 'orders' AND table_type = 'BASE TABLE';

SELECT a.attname as column_name, format_type(a.atttypid, a.atttypmod) AS data_type FROM pg_attribute a JOIN pg_class b ON a.attrelid = b.oid AND relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = 'public') WHERE a.attnum > 0 AND NOT a.attisdropped AND b.relname = 'users' ORDER BY a.attnum;

SELECT description FROM pg_catalog.pg_description WHERE objsubid = (SELECT ordinal_position FROM information_schema.columns WHERE table_schema = 'public' AND table_name = 'orders' AND column_name = 'note') AND objoid = (SELECT oid FROM pg_catalog.pg_class WHERE relname = 'orders' AND relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = 'public'));

SELECT * FROM "users" WHERE "users"."id" = 9 ORDER BY "users"."id" LIMIT 1;

SELECT "users"."id","users"."full_name","users"."email" FROM "users" JOIN orders ON orders.user_id = users.id AND orders.total > 150 ORDER BY orders.id;

select t.typname, t.typtype, t.typelem, t.typbasetype from pg_type t where t.oid in (23, 25, 1043, 1082, 1700) order by 1;

SELECT rel_id, idx, NOT attnotnull AS nullable FROM (VALUES ('public.users'::regclass::oid, 1, 1::int2), ('public.users'::regclass::oid, 2, 3::int2)) AS col(rel_id, idx, num) LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = rel_id AND a.attnum = num ORDER BY idx;

EXPLAIN (VERBOSE, FORMAT JSON, COSTS off) SELECT id, note FROM orders WHERE id = 3;

SELECT oid::regtype::text, typarray::regtype::text FROM pg_catalog.pg_type WHERE typname = 'date' ORDER BY 1;
