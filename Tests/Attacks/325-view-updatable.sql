-- views: one that can be written
UPDATE public.user_names SET full_name = 'x' WHERE id = 1 RETURNING *;

SELECT user_names, user_names::text FROM public.user_names ORDER BY id LIMIT 1;

SELECT n.full_name, u.email FROM public.user_names n JOIN users u USING (id) WHERE id = 1;

SELECT email FROM public.user_contacts WHERE id = 1;

UPDATE public.user_contacts SET email = 'x' WHERE id = 1 RETURNING email;
