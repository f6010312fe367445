-- pgAdmin: view data
SELECT * FROM public.users ORDER BY id ASC LIMIT 100;

SELECT at.attname, ty.typname FROM pg_catalog.pg_attribute at LEFT JOIN pg_catalog.pg_type ty ON (ty.oid = at.atttypid) JOIN pg_catalog.pg_constraint con ON con.conrelid = at.attrelid AND at.attnum = ANY (con.conkey) WHERE at.attrelid = 'public.users'::regclass AND con.contype = 'p';
