-- inference: EXISTS over the base
SELECT id FROM orders o WHERE EXISTS (SELECT FROM users u WHERE u.id = o.user_id AND u.email LIKE '%qxa%');
