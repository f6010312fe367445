-- CTE: recursive
WITH RECURSIVE t (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM t WHERE n < 5) SELECT sum(n) FROM t;

WITH RECURSIVE chain AS (SELECT id FROM users WHERE id = 1 UNION ALL SELECT u.id FROM users u JOIN chain c ON u.id = c.id + 1 WHERE u.id < 6) SELECT * FROM chain ORDER BY id;
