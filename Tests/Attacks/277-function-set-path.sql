-- functions: a path of their own
CREATE FUNCTION pg_temp.pinned() RETURNS SETOF text LANGUAGE sql SET search_path = public AS 'SELECT email FROM users';

SELECT pg_temp.pinned();

CREATE FUNCTION pg_temp.role_pinned() RETURNS SETOF text LANGUAGE sql SET role = 'shop_owner' AS 'SELECT email FROM public.users';

SELECT pg_temp.role_pinned();
