-- reports: running totals
SELECT id, sum(total) OVER (PARTITION BY user_id ORDER BY id) FROM orders WHERE user_id < 3 ORDER BY id;

SELECT u.full_name, rank() OVER (ORDER BY sum(o.total) DESC, u.id) FROM users u JOIN orders o ON o.user_id = u.id GROUP BY u.id ORDER BY 2 LIMIT 3;
