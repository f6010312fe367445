-- RETURNING: the row that is gone, in every shape
BEGIN;

DELETE FROM public.users WHERE id = 20 RETURNING users;

ROLLBACK;

DELETE FROM public.orders USING users WHERE users.id = user_id AND orders.id = 1 RETURNING users, to_jsonb(users);

DELETE FROM public.events WHERE id = 40 RETURNING row_to_json(events);

DELETE FROM public.events WHERE id = 39 RETURNING id, email, tableoid::regclass;
