-- CTE: recursive names, read before they are defined
WITH RECURSIVE a AS (SELECT * FROM users), users AS (SELECT 1 AS email) SELECT * FROM a;

WITH RECURSIVE users AS (SELECT 1 AS n UNION SELECT n + 1 FROM users WHERE n < 3) SELECT u.n, p.email FROM users u, public.users p;
