-- errors: violations on free columns of rows with masked ones
UPDATE public.users SET id = 2 WHERE id = 1;

DELETE FROM public.users WHERE id = 1;

UPDATE public.users SET full_name = NULL WHERE id = 1;

UPDATE public.orders SET user_id = 999 WHERE id = 1;

UPDATE public.events SET at = '2030-01-01' WHERE id = 1;
