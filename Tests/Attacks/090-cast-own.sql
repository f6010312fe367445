-- casts: one's own cast and domain
CREATE DOMAIN pg_temp.loud AS text CHECK (length(VALUE) < 3);

SELECT email::pg_temp.loud FROM users;

CREATE FUNCTION pg_temp.f(users) RETURNS text LANGUAGE sql AS 'SELECT $1.email';

CREATE CAST (public.users AS text) WITH FUNCTION pg_temp.f(public.users);

SELECT pg_temp.f(u) FROM public.users u;
