-- functions: SQL
CREATE FUNCTION pg_temp.leak() RETURNS SETOF text LANGUAGE sql AS 'SELECT email FROM public.users';

SELECT * FROM pg_temp.leak();
