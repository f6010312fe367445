-- names: a path of one's own
SET search_path = app, public;

SELECT login FROM users ORDER BY id LIMIT 2;

SELECT count(*) FROM orders;

RESET search_path;

SELECT full_name FROM public.users WHERE id = 1;
