-- names: writes and row locks through the shadow, column by column
DO $$ DECLARE s text; BEGIN SELECT min(nspname) INTO s FROM pg_namespace WHERE nspname LIKE 'iss\_m\_%' AND to_regclass(nspname || '.users') IS NOT NULL AND has_table_privilege(nspname || '.users', 'SELECT') AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass(nspname || '.users') AND attname = 'card'); PERFORM set_config('app.shadows', s, false); END $$;

DO $$ DECLARE c text; BEGIN FOREACH c IN ARRAY '{id,full_name,email,card,ssn,born,note}'::text[] LOOP BEGIN EXECUTE format('UPDATE %I.users SET %I = DEFAULT', current_setting('app.shadows'), c); RAISE NOTICE '% was written', c; EXCEPTION WHEN OTHERS THEN RAISE NOTICE '%: % %', c, SQLSTATE, replace(SQLERRM, current_setting('app.shadows'), ''); END; END LOOP; END $$;

DO $$ DECLARE c text; BEGIN FOREACH c IN ARRAY '{id,full_name,email,card,ssn,born,note}'::text[] LOOP BEGIN EXECUTE format('MERGE INTO %I.users u USING (VALUES (1)) v (k) ON u.id = v.k WHEN MATCHED THEN UPDATE SET %I = u.%I', current_setting('app.shadows'), c, c); RAISE NOTICE '% was written', c; EXCEPTION WHEN OTHERS THEN RAISE NOTICE '%: % %', c, SQLSTATE, replace(SQLERRM, current_setting('app.shadows'), ''); END; END LOOP; END $$;

DO $$ BEGIN EXECUTE format('INSERT INTO %I.users (id, full_name, born) VALUES (77, ''x'', ''2000-01-01'')', current_setting('app.shadows')); EXCEPTION WHEN OTHERS THEN RAISE NOTICE '% %', SQLSTATE, replace(SQLERRM, current_setting('app.shadows'), ''); END $$;

DO $$ BEGIN EXECUTE format('DELETE FROM %I.users', current_setting('app.shadows')); EXCEPTION WHEN OTHERS THEN RAISE NOTICE '% %', SQLSTATE, replace(SQLERRM, current_setting('app.shadows'), ''); END $$;

DO $$ BEGIN EXECUTE format('TRUNCATE %I.users', current_setting('app.shadows')); EXCEPTION WHEN OTHERS THEN RAISE NOTICE '% %', SQLSTATE, replace(SQLERRM, current_setting('app.shadows'), ''); END $$;

DO $$ DECLARE r record; BEGIN FOR r IN EXECUTE format('SELECT * FROM %I.users WHERE id < 3 ORDER BY id FOR NO KEY UPDATE', current_setting('app.shadows')) LOOP RAISE NOTICE '%', r; END LOOP; EXCEPTION WHEN OTHERS THEN RAISE NOTICE '% %', SQLSTATE, replace(SQLERRM, current_setting('app.shadows'), ''); END $$;

SELECT * FROM users WHERE id = 2 FOR UPDATE;

SELECT email, card FROM users WHERE email LIKE '%qxa%' FOR SHARE SKIP LOCKED;

DO $$ BEGIN EXECUTE format('ALTER VIEW %I.users OWNER TO CURRENT_USER', current_setting('app.shadows')); EXCEPTION WHEN OTHERS THEN RAISE NOTICE '% %', SQLSTATE, replace(SQLERRM, current_setting('app.shadows'), ''); END $$;

DO $$ BEGIN EXECUTE format('CREATE RULE r AS ON UPDATE TO %I.users DO ALSO SELECT OLD.email', current_setting('app.shadows')); EXCEPTION WHEN OTHERS THEN RAISE NOTICE '% %', SQLSTATE, replace(SQLERRM, current_setting('app.shadows'), ''); END $$;

DO $$ BEGIN EXECUTE format('CREATE TRIGGER t INSTEAD OF UPDATE ON %I.users FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()', current_setting('app.shadows')); EXCEPTION WHEN OTHERS THEN RAISE NOTICE '% %', SQLSTATE, replace(SQLERRM, current_setting('app.shadows'), ''); END $$;
