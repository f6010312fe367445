-- pgAdmin: View/Edit Data, and saving a row by its key
SELECT * FROM public.users ORDER BY id ASC LIMIT 5;

BEGIN;

UPDATE public.users SET note = 'saved'::text WHERE id = '3';

SELECT id, full_name, note FROM public.users WHERE id = 3;

COMMIT;

SELECT at.attname, at.attnum, ty.typname FROM pg_catalog.pg_attribute at LEFT JOIN pg_catalog.pg_type ty ON (ty.oid = at.atttypid) JOIN pg_catalog.pg_constraint cc ON cc.conrelid = at.attrelid AND at.attnum = ANY (cc.conkey) WHERE at.attrelid = 'public.users'::regclass AND cc.contype = 'p';
