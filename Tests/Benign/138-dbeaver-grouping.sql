-- DBeaver: the grouping panel over a result
SELECT state, COUNT(*) FROM ( SELECT * FROM orders ) subquery GROUP BY state ORDER BY 2 DESC, 1;

SELECT * FROM ( SELECT * FROM users ) z_q WHERE full_name = 'Person 3';
