-- functions: one's own over free columns
CREATE FUNCTION pg_temp.total(who int) RETURNS numeric LANGUAGE sql STABLE AS 'SELECT sum(total) FROM public.orders WHERE user_id = who';

SELECT pg_temp.total(3);
