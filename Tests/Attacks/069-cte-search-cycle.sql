-- CTE: search and cycle columns
WITH RECURSIVE r AS (SELECT id, email FROM users WHERE id = 1 UNION ALL SELECT u.id, u.email FROM users u JOIN r ON u.id = r.id + 1) SEARCH DEPTH FIRST BY email SET o CYCLE email SET c USING p SELECT * FROM r;
