-- functions: a row as an argument
CREATE FUNCTION pg_temp.show(r anyelement) RETURNS text LANGUAGE sql AS 'SELECT r::text';

SELECT pg_temp.show(u) FROM users u;

SELECT pg_temp.show(u) FROM public.users u;
