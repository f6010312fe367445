-- reads: expressions over free columns
SELECT CASE WHEN total > 100 THEN 'big' ELSE 'small' END AS size, count(*) FROM orders GROUP BY size ORDER BY size;

SELECT shout(full_name) FROM users WHERE id = 1;
