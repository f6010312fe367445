-- errors: a unique violation on a free key
INSERT INTO users (id, full_name, born) VALUES (1, 'x', '2000-01-01');

UPDATE users SET id = 2 WHERE id = 1;
