-- functions: a body in standard SQL
CREATE FUNCTION pg_temp.leak() RETURNS SETOF text LANGUAGE sql BEGIN ATOMIC SELECT email FROM public.users; END;

SELECT pg_temp.leak();
