-- inference: rows that a DELETE finds
DELETE FROM public.users WHERE email = 'canaryqxa020@example.com';

DELETE FROM public.users u USING public.users v WHERE u.born < v.born;

DELETE FROM public.order_items USING users WHERE users.email LIKE '%qxb%' AND order_id = users.id;
