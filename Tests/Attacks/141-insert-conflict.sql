-- ON CONFLICT: the existing row
INSERT INTO users (id, full_name, born) VALUES (1, 'x', '2000-01-01') ON CONFLICT (id) DO UPDATE SET note = users.email RETURNING note;

INSERT INTO users (id, full_name, born) VALUES (1, 'x', '2000-01-01') ON CONFLICT (id) DO UPDATE SET note = 'x' WHERE users.email LIKE '%qxa%' RETURNING id;

INSERT INTO users (id, full_name, email, born) VALUES (901, 'x', 'y', '2000-01-01') ON CONFLICT (email) DO NOTHING;
