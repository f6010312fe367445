-- functions: unqualified names caught by a temporary schema
CREATE FUNCTION pg_temp.lower(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'saw %', $1; RETURN $1; END $$;

SET search_path = pg_temp, pg_catalog, public;

SELECT count(*) FROM users WHERE lower(email) = 'x';

SELECT * FROM users;
