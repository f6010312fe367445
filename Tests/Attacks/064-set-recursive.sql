-- set operations: recursive
WITH RECURSIVE r (n, t) AS (SELECT 1, '' UNION ALL SELECT n + 1, t || u.email FROM r JOIN users u ON u.id = n WHERE n < 5) SELECT * FROM r;
