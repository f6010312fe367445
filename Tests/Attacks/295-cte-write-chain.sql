-- CTE: what one change returns feeds the next
WITH a AS (UPDATE public.users SET note = note WHERE id < 3 RETURNING *), b AS (INSERT INTO public.order_items (order_id, line, sku) SELECT 1, 900 + id, coalesce(email, 'none') FROM a RETURNING sku) SELECT * FROM b;

WITH a AS (DELETE FROM public.events WHERE id = 38 RETURNING email) SELECT email FROM a;

WITH a AS (SELECT * FROM users), b AS (UPDATE public.orders SET note = a.email FROM a WHERE a.id = orders.user_id AND orders.id = 1 RETURNING orders.note) TABLE b;
