-- Grafana and Superset: time series and samples
SELECT floor(extract(epoch from created_at)/86400)*86400 AS "time", count(*) AS "orders", state AS metric FROM orders WHERE created_at BETWEEN '2023-01-01T00:00:00Z' AND '2025-01-01T00:00:00Z' GROUP BY time, state ORDER BY time, state;

SELECT * FROM (SELECT id, full_name, note FROM public.users) AS virtual_table ORDER BY id LIMIT 100;

SELECT full_name AS full_name, sum(total) AS "SUM(total)" FROM (SELECT u.full_name, o.total FROM users u JOIN orders o ON o.user_id = u.id) AS virtual_table GROUP BY full_name ORDER BY "SUM(total)" DESC, 1 LIMIT 10;
