-- pgjdbc: an updatable result and what it writes
SELECT id, full_name, note FROM users WHERE id = 3;

SELECT a.attname, a.attnum FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_index i ON i.indrelid = a.attrelid AND a.attnum = ANY (i.indkey) WHERE a.attrelid = 'public.users'::regclass AND i.indisprimary;

UPDATE "public"."users" SET "note" = 'changed' WHERE "id" = 3;

SELECT id, full_name, note FROM users WHERE id = 3;
