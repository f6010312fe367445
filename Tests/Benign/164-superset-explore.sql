-- Superset: a virtual data set, its samples and its columns
SELECT state AS state, count(*) AS "COUNT(*)" FROM (SELECT u.full_name, o.state FROM public.users u JOIN public.orders o ON o.user_id = u.id) AS virtual_table GROUP BY state ORDER BY "COUNT(*)" DESC, state LIMIT 100;

SELECT * FROM (SELECT id, full_name, note FROM public.users) AS virtual_table ORDER BY id LIMIT 1;

SELECT pg_catalog.obj_description('public.users'::regclass, 'pg_class');
