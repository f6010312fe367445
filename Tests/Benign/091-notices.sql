-- notices
DO $$ BEGIN RAISE NOTICE 'hello'; RAISE WARNING 'careful'; END $$;

DROP TABLE IF EXISTS pg_temp.nothing;
