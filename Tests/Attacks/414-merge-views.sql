-- writes: MERGE into views of masked tables, and from them (17)
CREATE TEMP VIEW mine AS SELECT id, note FROM public.users;

MERGE INTO mine m USING (VALUES (1)) v (k) ON m.id = v.k WHEN MATCHED THEN UPDATE SET note = 'merged' RETURNING merge_action(), m.*;

CREATE TEMP VIEW all_of_it AS SELECT * FROM public.users;

MERGE INTO all_of_it m USING (VALUES (1)) v (k) ON m.id = v.k WHEN MATCHED THEN UPDATE SET note = m.email RETURNING m.note;

DO $do$ DECLARE r record; BEGIN FOR r IN EXECUTE 'MERGE INTO public.user_names n USING (VALUES (1)) v (k) ON n.id = v.k WHEN MATCHED THEN UPDATE SET full_name = ''x'' RETURNING n.*' LOOP RAISE NOTICE '%', r; END LOOP; END $do$;

DO $do$ DECLARE r record; BEGIN FOR r IN EXECUTE 'MERGE INTO public.orders o USING public.user_contacts c ON o.user_id = c.id WHEN MATCHED THEN UPDATE SET note = c.email RETURNING o.note' LOOP RAISE NOTICE '%', r; END LOOP; END $do$;

DO $do$ DECLARE r record; BEGIN FOR r IN EXECUTE 'MERGE INTO public.users u USING public.events e ON u.id = e.id AND u.email = e.email WHEN MATCHED THEN DO NOTHING' LOOP RAISE NOTICE '%', r; END LOOP; END $do$;
