--# Constants and parameters
INSERT INTO users (id, email) VALUES (1, 'x'), (2, $1)
--> users.email <- 'x' at '
--> users.email <- $1 at $
INSERT INTO users VALUES (1, 'n', 'x'::text, '2000-01-01', 'note')
--> users.email <- 'x' at '
--> users.born <- '2000-01-01' at '
INSERT INTO users (email, note) SELECT 'x', 'y' UNION ALL SELECT coalesce($1, 'z'), 'w' ORDER BY 1
--> users.email <- $1 at $
--> users.email <- 'z' at '
--> users.email <- 'x' at '
INSERT INTO users (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET email = 'x', note = 'y'
--> users.email <- 'x' at '
UPDATE users SET note = 'y', email = $2, born = DEFAULT WHERE email = 'z'
--> users.email <- $2 at $
UPDATE users SET (note, email) = ('y', 'x'), (born, id) = ROW ($1, 5)
--> users.email <- 'x' at '
--> users.born <- $1 at $
UPDATE users SET (email, note) = (SELECT 'x', 'y' FROM orders WHERE note = 'z')
--> users.email <- 'x' at '
UPDATE users SET email = (SELECT 'x' FROM orders WHERE note = 'z')
--> users.email <- 'x' at '
MERGE INTO users u USING orders o ON u.id = o.user_id WHEN MATCHED THEN UPDATE SET email = 'x' WHEN NOT MATCHED THEN INSERT (id, email) VALUES (1, 'y')
--> users.email <- 'x' at '
--> users.email <- 'y' at '
WITH x AS (UPDATE users SET email = 'x' RETURNING id) SELECT * FROM x
--> users.email <- 'x' at '
PREPARE p (text) AS UPDATE users SET email = $1
--> users.email <- $1 at $ in p/1
--# What a shadow shows
UPDATE users SET email = (SELECT email FROM users WHERE id = 1)
--> users.email <- masked email at e
UPDATE users t SET email = lower(u.email) FROM users u WHERE u.id = t.id
--> users.email <- masked email at u
INSERT INTO users SELECT * FROM users
--> users.email <- masked email at *
--> users.born <- masked born at *
INSERT INTO users (id, email) SELECT id, iban FROM payments
--> users.email <- masked iban at i
--# Nothing masked is written
INSERT INTO users (id, note) VALUES (1, '***')
-->
UPDATE users SET note = 'x' WHERE email = '***'
-->
INSERT INTO orders (note) SELECT email FROM users
-->
INSERT INTO users DEFAULT VALUES
-->
UPDATE users SET email = full_name
-->
DELETE FROM users WHERE email = '***'
-->
