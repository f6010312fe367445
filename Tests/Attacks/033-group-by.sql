-- inference: GROUP BY
SELECT count(*) FROM users GROUP BY email;

SELECT born, count(*) FROM users GROUP BY GROUPING SETS ((born), (card), ());
