-- names: columns with schema and table
SELECT public.users.id, public.users.full_name FROM public.users WHERE public.users.id < 3 ORDER BY public.users.id;

SELECT public.orders.* FROM public.orders ORDER BY public.orders.id LIMIT 2;
