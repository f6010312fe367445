-- functions: defaults of arguments
CREATE FUNCTION pg_temp.read_it() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT min(email) FROM public.users); END $$;

CREATE FUNCTION pg_temp.show(x text DEFAULT pg_temp.read_it()) RETURNS text LANGUAGE sql AS 'SELECT x';

SELECT pg_temp.show();

CREATE TEMP TABLE filled (x text DEFAULT pg_temp.read_it());

INSERT INTO filled DEFAULT VALUES RETURNING x;
