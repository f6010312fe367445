-- CTE: names that hide the table
WITH users AS (SELECT * FROM users) SELECT email FROM users;

WITH users AS (SELECT 1 AS id) SELECT email FROM public.users;

WITH orders AS (SELECT * FROM users), users AS (SELECT * FROM orders) SELECT email FROM users;
