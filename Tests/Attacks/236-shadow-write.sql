-- names: write through the shadow
DO $$ DECLARE s text; BEGIN SELECT nspname INTO s FROM pg_namespace WHERE nspname LIKE 'iss\_m\_%' LIMIT 1; EXECUTE format('UPDATE %I.users SET note = email', s); END $$;

DO $$ DECLARE s text; r record; BEGIN SELECT nspname INTO s FROM pg_namespace WHERE nspname LIKE 'iss\_m\_%' LIMIT 1; FOR r IN EXECUTE format('SELECT * FROM %I.users', s) LOOP RAISE NOTICE '%', r; END LOOP; END $$;
