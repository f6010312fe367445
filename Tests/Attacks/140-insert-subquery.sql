-- INSERT: a subquery as a value
INSERT INTO orders (id, user_id, total, note) VALUES (901, 1, 1, (SELECT email FROM public.users WHERE id = 1)) RETURNING note;
