-- RETURNING: all columns
UPDATE users SET note = 'x' WHERE id = 1 RETURNING *;

DELETE FROM users WHERE id = 20 RETURNING users.*;

INSERT INTO users (id, full_name, born) VALUES (900, 'x', '2000-01-01') RETURNING *;
