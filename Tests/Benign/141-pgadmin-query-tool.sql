-- pgAdmin: a query of the query tool, with the types of its columns
BEGIN;

SELECT * FROM public.users ORDER BY id ASC LIMIT 5;

SELECT oid, pg_catalog.format_type(oid, NULL) AS typname FROM pg_catalog.pg_type WHERE oid IN (23, 25, 1043, 1042, 1082) ORDER BY oid;

SELECT at.attname, at.attnum, ty.typname FROM pg_catalog.pg_attribute at LEFT JOIN pg_catalog.pg_type ty ON (ty.oid = at.atttypid) WHERE attrelid='public.users'::regclass::oid AND attnum = ANY ((SELECT con.conkey FROM pg_catalog.pg_class rel LEFT OUTER JOIN pg_catalog.pg_constraint con ON con.conrelid=rel.oid AND con.contype='p' WHERE rel.relkind IN ('r','s','t', 'p') AND rel.oid = 'public.users'::regclass::oid)::oid[]);

SELECT count(*) FROM public.users;

COMMIT;
