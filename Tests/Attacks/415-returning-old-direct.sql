-- writes: OLD and NEW of every kind of statement, as dynamic SQL (18)
DO $do$ DECLARE r record; BEGIN FOR r IN EXECUTE 'UPDATE public.users SET note = ''x'' WHERE id = 1 RETURNING old.note, new.note, old.id' LOOP RAISE NOTICE '%', r; END LOOP; END $do$;

DO $do$ DECLARE r record; BEGIN FOR r IN EXECUTE 'UPDATE public.users SET email = ''z@z.example'' WHERE id = 1 RETURNING new.email' LOOP RAISE NOTICE '%', r; END LOOP; END $do$;

DO $do$ DECLARE r record; BEGIN FOR r IN EXECUTE 'DELETE FROM public.users WHERE id = 20 RETURNING WITH (OLD AS gone) gone.*' LOOP RAISE NOTICE '%', r; END LOOP; END $do$;

DO $do$ DECLARE r record; BEGIN FOR r IN EXECUTE 'INSERT INTO public.users (id, full_name, born) VALUES (1, ''x'', ''2000-01-01'') ON CONFLICT (id) DO UPDATE SET note = ''y'' RETURNING to_jsonb(old)' LOOP RAISE NOTICE '%', r; END LOOP; END $do$;

DO $do$ DECLARE r record; BEGIN FOR r IN EXECUTE 'MERGE INTO public.users u USING (VALUES (2)) v (k) ON u.id = v.k WHEN MATCHED THEN UPDATE SET note = ''m'' RETURNING merge_action(), old.email, new.card' LOOP RAISE NOTICE '%', r; END LOOP; END $do$;
