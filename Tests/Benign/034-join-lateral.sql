-- reads: the last order of each
SELECT u.id, x.id, x.total FROM users u CROSS JOIN LATERAL (SELECT o.id, o.total FROM orders o WHERE o.user_id = u.id ORDER BY o.id DESC LIMIT 1) x ORDER BY 1;
