-- UPDATE: the row carried through FROM
UPDATE public.users SET note = s.e FROM LATERAL (SELECT users.email AS e) s WHERE users.id = 1;

UPDATE public.users u SET note = (SELECT u.card) WHERE u.id = 1;

UPDATE public.orders o SET note = x.email FROM (SELECT id, email FROM users) x WHERE x.id = o.user_id AND o.id < 4 RETURNING o.note;
