-- functions: SECURITY DEFINER of one's own
CREATE FUNCTION pg_temp.leak() RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT string_agg(email, '','') FROM public.users';

ALTER FUNCTION pg_temp.leak() OWNER TO shop_owner;

SELECT pg_temp.leak();
