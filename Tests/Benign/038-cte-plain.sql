-- CTE: named like the table
WITH users AS (SELECT id, full_name FROM users WHERE id < 4) SELECT * FROM users ORDER BY id;

WITH orders AS (SELECT 1 AS id) SELECT * FROM orders;
