-- CALL: transactions within
CREATE PROCEDURE pg_temp.steps() LANGUAGE plpgsql AS $$ DECLARE r record; BEGIN FOR r IN SELECT * FROM users LIMIT 2 LOOP RAISE NOTICE '%', r; COMMIT; END LOOP; END $$;

CALL pg_temp.steps();

CREATE PROCEDURE pg_temp.out(INOUT e text) LANGUAGE plpgsql AS $$ BEGIN SELECT email INTO e FROM public.users WHERE id = 1; END $$;

CALL pg_temp.out('');
