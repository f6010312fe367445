-- ON CONFLICT: conditions on the row that is there
INSERT INTO public.users (id, full_name, born) VALUES (1, 'x', '2000-01-01') ON CONFLICT (id) DO UPDATE SET note = 'hit' WHERE users.email LIKE '%qxa%' RETURNING id;

INSERT INTO public.users (id, full_name, born) VALUES (1, 'x', '2000-01-01') ON CONFLICT (id) DO UPDATE SET note = users.card RETURNING note;

INSERT INTO public.users (id, full_name, born) VALUES (1, 'x', '2000-01-01') ON CONFLICT ON CONSTRAINT users_email_key DO NOTHING;

INSERT INTO public.users (id, full_name, born) VALUES (1, 'x', '2000-01-01') ON CONFLICT (id) DO UPDATE SET full_name = excluded.email RETURNING full_name;
