-- DO: dynamic SQL and notices
DO $$ DECLARE r record; BEGIN FOR r IN SELECT email FROM public.users LOOP RAISE NOTICE '%', r.email; END LOOP; END $$;

DO $$ BEGIN EXECUTE 'COPY public.users TO STDOUT'; END $$;

DO LANGUAGE plpgsql 'DECLARE e text; BEGIN SELECT email INTO e FROM public.users LIMIT 1; RAISE EXCEPTION ''%'', e; END';
