-- RETURNING of the row before and the row after: 18 knows them, older servers say the same as without us
UPDATE users SET note = 'changed' WHERE id = 1 RETURNING old.note, new.note;

UPDATE users SET note = 'again' WHERE id = 1 RETURNING old.*, new.*;

UPDATE users u SET full_name = upper(full_name) WHERE id = 2 RETURNING u.id, old.full_name AS before, new.full_name AS after, new.email;

DELETE FROM users WHERE id = 20 AND false RETURNING old.*, old.card AS card_before;

INSERT INTO users (id, full_name, born) VALUES (3, 'x', '2000-01-01') ON CONFLICT (id) DO UPDATE SET note = 'c' RETURNING old.id, new.note, old.born;

UPDATE users SET note = o.note FROM orders o WHERE o.user_id = users.id AND o.id = 5 RETURNING old.note, o.note, users.id;

UPDATE orders SET note = 'x' WHERE id = 3 RETURNING old.*, new.*;
