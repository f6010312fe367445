-- subqueries: in the target list
SELECT (SELECT email FROM users WHERE id = o.user_id) FROM orders o;

SELECT (SELECT array_agg(card) FROM users), (SELECT users FROM users LIMIT 1);
