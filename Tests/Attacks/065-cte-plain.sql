-- CTE: the value through a name
WITH x AS (SELECT * FROM users) SELECT email FROM x;

WITH x (a, b, c, d) AS MATERIALIZED (SELECT id, full_name, email, card FROM users) SELECT c, d FROM x;
