-- whole rows: columns and rows named with schema and database
SELECT public.users FROM public.users;

SELECT (public.users).email FROM public.users;

SELECT attack.public.users.email FROM attack.public.users;

SELECT public.users.* FROM public.users WHERE public.users.id = 1;

DO $do$ DECLARE r record; BEGIN FOR r IN EXECUTE 'SELECT public.users::text, public.users.card FROM public.users' LOOP RAISE NOTICE '%', r; END LOOP; END $do$;

DO $do$ DECLARE r record; BEGIN FOR r IN EXECUTE 'SELECT attack.public.users.ssn FROM attack.public.users' LOOP RAISE NOTICE '%', r; END LOOP; END $do$;

DO $do$ DECLARE r record; BEGIN FOR r IN EXECUTE 'SELECT num_nonnulls(u.*), u IS NOT NULL, u.* IS DISTINCT FROM NULL FROM public.users u' LOOP RAISE NOTICE '%', r; END LOOP; END $do$;
