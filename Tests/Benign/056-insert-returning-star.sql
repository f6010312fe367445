-- writes: RETURNING *
INSERT INTO orders (id, user_id, total) VALUES (1002, 2, 9.99) RETURNING *;

INSERT INTO users (id, full_name, born) VALUES (802, 'Star', '1990-01-01') RETURNING *;
