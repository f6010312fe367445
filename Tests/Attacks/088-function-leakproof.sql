-- functions: LEAKPROOF
CREATE FUNCTION pg_temp.tell(t text) RETURNS boolean LANGUAGE plpgsql LEAKPROOF COST 0.0001 AS $$ BEGIN RAISE NOTICE 'saw %', t; RETURN true; END $$;

SELECT count(*) FROM users WHERE pg_temp.tell(email);
