-- SQLAlchemy: labels and joins
SELECT users.id AS users_id, users.full_name AS users_full_name, users.email AS users_email, orders_1.id AS orders_1_id, orders_1.total AS orders_1_total FROM users LEFT OUTER JOIN orders AS orders_1 ON users.id = orders_1.user_id WHERE users.id IN (1, 2) ORDER BY users.id, orders_1.id;
