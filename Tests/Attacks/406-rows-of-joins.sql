-- whole rows: of a join with a name, of merged columns, and of what they are made of
SELECT j FROM (public.users u CROSS JOIN public.orders o) AS j WHERE j.user_id = 1;

SELECT x FROM public.users u JOIN public.orders o USING (id) AS x;

SELECT x.note FROM public.users u JOIN public.orders o USING (note) AS x;

SELECT to_jsonb(j) FROM (users u JOIN orders o USING (id)) AS j ORDER BY 1 LIMIT 2;

DO $do$ DECLARE r record; BEGIN FOR r IN EXECUTE 'SELECT j FROM (public.users u NATURAL JOIN public.events e) AS j' LOOP RAISE NOTICE '%', r; END LOOP; END $do$;

DO $do$ DECLARE r record; BEGIN FOR r IN EXECUTE 'SELECT x FROM public.users u JOIN public.events e USING (id, email) AS x' LOOP RAISE NOTICE '%', r; END LOOP; END $do$;

DO $do$ DECLARE r record; BEGIN FOR r IN EXECUTE 'SELECT (array_agg(u))[1].email FROM public.users u' LOOP RAISE NOTICE '%', r; END LOOP; END $do$;

DO $do$ DECLARE r record; BEGIN FOR r IN EXECUTE 'SELECT (nth_value(u, 2) OVER (ORDER BY u.id)).card FROM public.users u' LOOP RAISE NOTICE '%', r; END LOOP; END $do$;
