-- GUIs and ORMs: what they return from writes, with masked columns among it
INSERT INTO users (id, full_name, born) VALUES (903, 'Ret', '1999-09-09') RETURNING id, full_name AS name, note;

UPDATE users u SET note = 'r1' WHERE u.id = 903 RETURNING u.id, u.note AS "Note", upper(u.full_name);

WITH d AS (DELETE FROM users WHERE id = 903 RETURNING id, full_name) SELECT d.full_name, d.id + 1 AS next FROM d;

PREPARE touch (int, text) AS UPDATE users SET note = $2 WHERE id = $1 RETURNING id, note;

EXECUTE touch (6, 'touched');

EXECUTE touch (0, 'nobody');

DEALLOCATE touch;
