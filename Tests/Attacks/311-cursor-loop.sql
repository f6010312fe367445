-- cursors: loops of plpgsql
DO $$ DECLARE r record; BEGIN FOR r IN SELECT id, email FROM users ORDER BY id LIMIT 2 LOOP RAISE NOTICE '% %', r.id, r.email; END LOOP; END $$;

DO $$ DECLARE c CURSOR FOR SELECT * FROM public.users; r record; BEGIN OPEN c; FETCH c INTO r; RAISE NOTICE '%', r; END $$;

DO $$ DECLARE e text; BEGIN FOREACH e IN ARRAY (SELECT array_agg(email ORDER BY id) FROM users WHERE id < 3) LOOP RAISE NOTICE '%', e; END LOOP; END $$;
