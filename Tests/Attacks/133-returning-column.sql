-- RETURNING: one column, expressions, rows
UPDATE users SET note = 'x' WHERE id = 1 RETURNING email;

UPDATE users AS u SET note = 'x' WHERE id = 1 RETURNING u, upper(u.email), (u).card;

DELETE FROM users WHERE id = 20 RETURNING (SELECT email);
