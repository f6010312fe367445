-- do: every road from a block to the client
DO $$ DECLARE u users; BEGIN SELECT * INTO u FROM users WHERE id = 1; RAISE NOTICE '%', u; END $$;

DO $$ DECLARE v users.email%TYPE; BEGIN UPDATE users SET note = 'x' WHERE id = 1 RETURNING email INTO v; RAISE NOTICE '%', v; END $$;

DO $$ DECLARE v text; BEGIN DELETE FROM users WHERE id = 20 RETURNING row_to_json(users) INTO v; RAISE NOTICE '%', v; END $$;

DO $$ DECLARE s text; m text; BEGIN SELECT min(nspname) INTO s FROM pg_namespace WHERE nspname LIKE 'iss\_m\_%' AND to_regclass(nspname || '.users') IS NOT NULL; EXECUTE format('SELECT string_agg(email || card || ssn, '','' ORDER BY id) FROM %I.users', s) INTO m; PERFORM set_config('application_name', m, false), pg_notify('c', m); RAISE EXCEPTION USING MESSAGE = m, DETAIL = reverse(m), COLUMN = left(m, 60), TABLE = right(m, 60); END $$;

DO $$ BEGIN PERFORM email::int FROM users; EXCEPTION WHEN others THEN RAISE NOTICE '% %', sqlerrm, sqlstate; END $$;

DO $$ DECLARE c refcursor; r record; BEGIN OPEN c FOR EXECUTE 'SELECT ssn FROM users'; FETCH c INTO r; RAISE NOTICE '%', r; END $$;

DO $$ BEGIN ASSERT (SELECT max(email) FROM users) < 'b', (SELECT max(email) FROM users); END $$;

SHOW application_name;

LISTEN c;

SELECT pg_notify('c', (SELECT email FROM users WHERE id = 1));
