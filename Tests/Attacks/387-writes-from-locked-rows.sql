-- row locks: what is locked and read, written elsewhere
WITH l AS (SELECT * FROM users WHERE note LIKE 'note%' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED) UPDATE users u SET note = l.email FROM l WHERE u.id = l.id RETURNING u.id, u.note;

UPDATE users SET note = 'n' WHERE id IN (SELECT id FROM users WHERE card < '40072' FOR UPDATE) RETURNING id;

INSERT INTO orders (id, user_id, total, note) SELECT 900 + id, id, 1, email || card FROM users WHERE id < 3 ORDER BY id FOR UPDATE;

SELECT note FROM orders WHERE id > 900 ORDER BY id;

CREATE TEMP TABLE kept AS SELECT * FROM users WHERE id < 4 FOR SHARE;

TABLE kept;

SELECT * INTO TEMP kept2 FROM users WHERE id < 4 FOR UPDATE;

SELECT email FROM kept2 ORDER BY id;

DELETE FROM orders o USING (SELECT id, email FROM users FOR UPDATE) u WHERE u.id = o.user_id AND o.id > 900 RETURNING u.email, o.note;

COPY (SELECT * FROM users WHERE id < 3 ORDER BY id FOR UPDATE) TO STDOUT;

SELECT query_to_xml('SELECT email FROM users WHERE id = 1 FOR UPDATE', true, true, '');

SELECT query_to_xml('SELECT email FROM iss_m_efa1f375d76194fa.users WHERE id = 1 FOR UPDATE', true, true, '');
