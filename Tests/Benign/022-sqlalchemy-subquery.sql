-- SQLAlchemy: subquery and exists
SELECT anon_1.user_id, anon_1.n, users.full_name FROM (SELECT orders.user_id AS user_id, count(*) AS n FROM orders GROUP BY orders.user_id) AS anon_1 JOIN users ON users.id = anon_1.user_id ORDER BY anon_1.user_id LIMIT 4;

SELECT users.id FROM users WHERE EXISTS (SELECT 1 FROM orders WHERE orders.user_id = users.id AND orders.total > 200) ORDER BY users.id;
