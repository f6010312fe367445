-- inference: CUBE and ROLLUP over masked columns
SELECT email, born, grouping(email, born), count(*) FROM users GROUP BY CUBE (email, born) ORDER BY 1, 2, 3;

SELECT left(card, 8), count(*) FROM users GROUP BY ROLLUP (1) ORDER BY 1;

SELECT ssn, note FROM users GROUP BY GROUPING SETS ((ssn, note), ()) ORDER BY 1, 2;
