-- projection: LATERAL
SELECT x.* FROM orders o, LATERAL (SELECT email, card FROM users u WHERE u.id = o.user_id) x;

SELECT f FROM users u, LATERAL upper(u.email) f;
