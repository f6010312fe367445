-- DataGrip: pages of a table and their count
SELECT t.* FROM public.users t ORDER BY id LIMIT 7;

SELECT t.* FROM public.users t WHERE (full_name ilike '%son 1%') ORDER BY t.id LIMIT 501;

SELECT COUNT(*) FROM public.users t WHERE (full_name ilike '%son 1%');

SELECT t.id, t.email, CTID FROM public.orders t2 JOIN app.users t ON true WHERE false;
