-- DO: ASSERT and RAISE with a value
DO $$ BEGIN ASSERT (SELECT email FROM users WHERE id = 1) = 'x', (SELECT 'it was ' || email FROM users WHERE id = 1); END $$;

DO $$ BEGIN RAISE EXCEPTION 'x' USING DETAIL = (SELECT card FROM users WHERE id = 1), HINT = (SELECT ssn FROM users WHERE id = 1), ERRCODE = '22012'; END $$;

DO $$ BEGIN RAISE WARNING USING MESSAGE = (SELECT born::text FROM public.users WHERE id = 1), TABLE = 'users'; END $$;
