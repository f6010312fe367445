-- errors: a foreign key violation
DELETE FROM users WHERE id = 1;

INSERT INTO orders (id, user_id, total) VALUES (903, 9999, 1);
