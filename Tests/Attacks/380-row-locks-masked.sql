-- row locks: whole rows and masked columns through the shadow, in every strength and place
SELECT * FROM users WHERE id = 1 FOR UPDATE;

SELECT email, card, ssn, born FROM public.users WHERE users.id < 4 ORDER BY id FOR NO KEY UPDATE OF users NOWAIT;

SELECT u, u::text, row_to_json(u) FROM users u WHERE email LIKE 'c%' FOR SHARE OF u SKIP LOCKED;

SELECT array(SELECT email FROM users ORDER BY id FOR KEY SHARE);

SELECT (SELECT card FROM users WHERE id = o.user_id FOR UPDATE) FROM orders o WHERE o.id < 3;

WITH l AS (SELECT * FROM users WHERE id < 3 FOR UPDATE) SELECT * FROM l, orders o WHERE o.user_id = l.id AND o.id < 9 ORDER BY o.id FOR SHARE OF o;

SELECT * FROM (SELECT id, email || card AS both, rank FROM users, LATERAL (SELECT length(email) AS rank) r) s WHERE id = 2 FOR UPDATE;

SELECT * FROM users NATURAL JOIN (SELECT email, ssn FROM users) x ORDER BY id LIMIT 2 FOR UPDATE;

SELECT e.*, u.email FROM events e JOIN users u ON u.email = e.email ORDER BY e.id, u.id LIMIT 3 FOR UPDATE;

SELECT * FROM events WHERE at < '2024-07-01' FOR UPDATE;

SELECT * FROM events_2024 WHERE id < 3 FOR SHARE;

SELECT id, email FROM users FOR UPDATE OF orders;

SELECT max(email) FROM users FOR UPDATE;

SELECT email FROM users GROUP BY email FOR SHARE;

SELECT email FROM users UNION SELECT card FROM users FOR UPDATE;

SELECT u.email FROM orders o LEFT JOIN users u ON u.id = o.user_id FOR UPDATE OF u;

EXPLAIN (VERBOSE, COSTS off) SELECT email FROM users WHERE card > '4' FOR UPDATE;
