-- reports: rollup over free columns
SELECT state, count(*) FROM orders GROUP BY ROLLUP (state) ORDER BY state NULLS LAST;

SELECT full_name, count(*) FROM users JOIN orders ON user_id = users.id WHERE users.id < 3 GROUP BY CUBE (full_name) ORDER BY 1 NULLS LAST;
