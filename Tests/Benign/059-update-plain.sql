-- writes: update
UPDATE users SET note = note || '!' WHERE id = 5 RETURNING id, note;

UPDATE users SET full_name = upper(full_name) WHERE id BETWEEN 6 AND 7;

SELECT full_name, note FROM users WHERE id BETWEEN 5 AND 7 ORDER BY id;
