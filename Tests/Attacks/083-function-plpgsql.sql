-- functions: plpgsql and dynamic SQL
CREATE FUNCTION pg_temp.leak() RETURNS SETOF text LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY EXECUTE 'SELECT em' || 'ail FROM public.us' || 'ers'; END $$;

SELECT * FROM pg_temp.leak();
