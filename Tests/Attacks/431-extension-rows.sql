-- extensions: whole rows and what makes them
SELECT ext.hstore(u) FROM public.users u;

SELECT ext.hstore(u) -> 'email' FROM users u ORDER BY 1 LIMIT 2;

SELECT (ext.populate_record(NULL::public.users, ext.hstore(u))).card FROM users u ORDER BY 1 LIMIT 2;

SELECT (NULL::public.users OPERATOR(ext.#=) ext.hstore('email', 'x')).email;

SELECT each FROM users u, ext.each(ext.hstore(u)) WHERE id = 1 ORDER BY 1;

DO $do$ DECLARE r record; BEGIN FOR r IN EXECUTE 'SELECT ext.hstore(u) FROM public.users u' LOOP RAISE NOTICE '%', r; END LOOP; END $do$;

DO $do$ DECLARE r record; BEGIN FOR r IN EXECUTE 'SELECT ext.skeys(ext.hstore(ARRAY[email, card])) FROM public.users' LOOP RAISE NOTICE '%', r; END LOOP; END $do$;
