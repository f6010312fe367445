-- types: a function over the row type
CREATE FUNCTION pg_temp.mail(public.users) RETURNS text LANGUAGE sql AS 'SELECT $1.email';

SELECT mail(u) FROM public.users u;

SELECT u.mail FROM public.users u;
