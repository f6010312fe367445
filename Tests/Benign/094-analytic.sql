-- reports: thirty lines
WITH monthly AS (
  SELECT date_trunc('month', o.created_at) AS month, o.user_id, sum(o.total) AS total, count(*) AS n
  FROM orders o JOIN order_items i ON i.order_id = o.id
  WHERE o.state IN ('paid', 'new')
  GROUP BY 1, 2
), ranked AS (
  SELECT m.*, row_number() OVER (PARTITION BY m.month ORDER BY m.total DESC, m.user_id) AS rank,
    lag(m.total) OVER (PARTITION BY m.user_id ORDER BY m.month) AS before
  FROM monthly m
)
SELECT r.month, r.rank, u.id, u.full_name,
  CASE WHEN r.before IS NULL THEN 'new' WHEN r.total > r.before THEN 'up' ELSE 'down' END AS trend,
  (SELECT max(o.id) FROM orders o WHERE o.user_id = u.id) AS last_order
FROM ranked r
JOIN users u ON u.id = r.user_id
LEFT JOIN app.users a ON a.id = u.id
WHERE r.rank <= 5
  AND NOT EXISTS (SELECT 1 FROM orders b WHERE b.user_id = u.id AND b.state = 'blocked')
ORDER BY r.month DESC, r.rank
LIMIT 100;
