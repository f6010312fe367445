-- writes: RETURNING with subqueries, functions and rows
UPDATE users SET note = 'r' WHERE id = 1 RETURNING (SELECT u.email FROM public.users u WHERE u.id = users.id);

UPDATE users SET note = 'r' WHERE id = 1 RETURNING users, users::text, to_json(users);

DELETE FROM events WHERE id = 4 RETURNING *, (SELECT string_agg(email, ',') FROM events_2024);

DO $do$ DECLARE r record; BEGIN FOR r IN EXECUTE 'UPDATE public.users SET note = ''r'' WHERE id = 1 RETURNING (SELECT x.card FROM (SELECT public.users.*) x)' LOOP RAISE NOTICE '%', r; END LOOP; END $do$;

DO $do$ DECLARE r record; BEGIN FOR r IN EXECUTE 'WITH w AS (DELETE FROM public.users WHERE id = 20 RETURNING *) SELECT * FROM w' LOOP RAISE NOTICE '%', r; END LOOP; END $do$;

DO $do$ DECLARE r record; BEGIN FOR r IN EXECUTE 'UPDATE public.orders o SET note = u.note FROM public.users u WHERE u.id = o.user_id AND o.id = 1 RETURNING u' LOOP RAISE NOTICE '%', r; END LOOP; END $do$;
