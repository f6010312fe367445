-- reads: every column, masks in place
SELECT * FROM users ORDER BY id;

TABLE public.users ORDER BY id LIMIT 2;
