-- grouping: sets of masked columns, GROUPING, DISTINCT sets, HAVING over them
SELECT email, card, ssn, born, grouping(email, card, ssn, born), count(*) FROM users GROUP BY GROUPING SETS ((email), (card), (ssn, born), ()) ORDER BY 5, 1, 2, 3, 4;

SELECT count(*) FROM (SELECT email, card FROM users GROUP BY DISTINCT CUBE (email, card), ROLLUP (card)) s;

SELECT grouping(born), max(id), array_agg(DISTINCT email) FROM users GROUP BY ROLLUP (born, left(email, 3)) HAVING grouping(born) = 0 OR max(card) > '4007';

SELECT j.email, j.ssn, count(*) FROM (users u JOIN (SELECT user_id FROM orders) o ON o.user_id = u.id) AS j GROUP BY j.id, GROUPING SETS ((j.ssn), ()) ORDER BY 3, 1, 2;
