-- INSERT ... SELECT: into a free column
INSERT INTO orders (id, user_id, total, note) SELECT 900 + id, id, 1, email || card FROM users;

SELECT note FROM orders WHERE id > 900;
