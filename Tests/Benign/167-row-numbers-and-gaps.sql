-- analysts: window functions, gaps, percentiles over free columns of masked tables
SELECT id, full_name, count(*) OVER () AS total, row_number() OVER (ORDER BY id DESC) FROM users ORDER BY id LIMIT 3;

SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY o.total), mode() WITHIN GROUP (ORDER BY o.state) FROM orders o JOIN users u ON u.id = o.user_id;

SELECT u.id, o.total - lag(o.total) OVER (PARTITION BY u.id ORDER BY o.id) AS step FROM users u JOIN orders o ON o.user_id = u.id WHERE u.id < 3 ORDER BY 1, o.id;

WITH RECURSIVE n AS (SELECT min(id) AS i FROM users UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT n.i, u.full_name FROM n LEFT JOIN users u ON u.id = n.i ORDER BY 1;
