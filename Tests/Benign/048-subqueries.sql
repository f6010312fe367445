-- reads: subqueries in every place
SELECT (SELECT full_name FROM users u WHERE u.id = o.user_id) FROM orders o ORDER BY o.id LIMIT 3;

SELECT id FROM orders WHERE user_id = ANY (SELECT id FROM users WHERE note = 'note 5') ORDER BY id;

SELECT full_name FROM users WHERE id NOT IN (SELECT user_id FROM orders WHERE state = 'new') ORDER BY id;
