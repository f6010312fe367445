-- functions: a cheap function before the mask
CREATE FUNCTION pg_temp.tell(t text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS $$ BEGIN RAISE NOTICE 'saw %', t; RETURN true; END $$;

SELECT count(*) FROM users WHERE pg_temp.tell(email);

SELECT count(*) FROM users WHERE pg_temp.tell(card) AND id < 3;
