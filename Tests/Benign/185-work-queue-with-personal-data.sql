-- Workers that take the next rows of a table with masked columns: SKIP LOCKED, in WITH, by cursor and WHERE CURRENT OF
WITH next AS (SELECT id, email, note FROM users WHERE note LIKE 'note%' ORDER BY id LIMIT 2 FOR UPDATE SKIP LOCKED) UPDATE users u SET note = 'taken' FROM next WHERE u.id = next.id RETURNING u.id, u.note;

BEGIN;

DECLARE work NO SCROLL CURSOR FOR SELECT id, full_name, email FROM users WHERE note <> 'taken' ORDER BY id FOR UPDATE;

FETCH 1 FROM work;

UPDATE users SET note = 'done' WHERE CURRENT OF work;

FETCH 1 FROM work;

CLOSE work;

SELECT id, note FROM users WHERE note IN ('taken', 'done') ORDER BY id;

ROLLBACK;

SELECT u.id, u.email, o.total FROM orders o JOIN users u ON u.id = o.user_id WHERE o.state = 'new' ORDER BY o.id LIMIT 3 FOR UPDATE OF o SKIP LOCKED;
