-- writes: conflicts by the name of a constraint over a masked column, and what they then show
INSERT INTO users (id, full_name, email, born) VALUES (501, 'x', 'nobody@nowhere.example', '2000-01-01') ON CONFLICT ON CONSTRAINT users_email_key DO UPDATE SET note = 'found' RETURNING id;

INSERT INTO users (id, full_name, email, born) VALUES (502, 'x', 'nobody2@nowhere.example', '2000-01-01') ON CONFLICT ON CONSTRAINT users_pkey DO UPDATE SET note = EXCLUDED.email RETURNING note;

INSERT INTO users (id, full_name, born) VALUES (1, 'x', '2000-01-01') ON CONFLICT (id) DO UPDATE SET note = users.email RETURNING note;

INSERT INTO users (id, full_name, born) VALUES (1, 'x', '2000-01-01') ON CONFLICT (id) DO UPDATE SET note = 'y' WHERE users.card LIKE '40071%' RETURNING id;

INSERT INTO users (id, full_name, born) VALUES (1, 'x', '2000-01-01') ON CONFLICT (lower(email)) DO NOTHING;

INSERT INTO users AS u (id, full_name, born) SELECT 1, 'x', '2000-01-01' ON CONFLICT (id) DO UPDATE SET (note, full_name) = (SELECT e.email, e.kind FROM public.events e LIMIT 1);
