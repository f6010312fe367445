-- UPDATE: several columns from one subquery
UPDATE public.orders SET (note, state) = (SELECT email, card FROM users WHERE users.id = orders.user_id) WHERE id < 4 RETURNING note, state;

UPDATE public.users SET (note, full_name) = ROW (email, ssn) WHERE id = 1;

UPDATE public.users SET (note) = (SELECT u::text FROM public.users u WHERE u.id = users.id);
