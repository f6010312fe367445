-- reports: GROUP BY by the key, with other columns of the row in every place that may name them
SELECT u.id, u.full_name, u.note, u.email, count(o.id), sum(o.total) FROM users u LEFT JOIN orders o ON o.user_id = u.id AND o.state = 'paid' GROUP BY u.id ORDER BY u.full_name DESC, u.id LIMIT 4;

SELECT u.full_name FROM users u JOIN orders o ON o.user_id = u.id GROUP BY u.id HAVING sum(o.total) > 200 AND u.note LIKE 'note 1%' ORDER BY u.id;

SELECT u.full_name, rank() OVER (ORDER BY count(o.id), u.full_name) FROM users u JOIN orders o ON o.user_id = u.id GROUP BY u.id ORDER BY 2 LIMIT 3;

SELECT upper(u.full_name) || ': ' || u.note, (SELECT count(*) FROM order_items i WHERE i.sku = 'sku-' || u.note) FROM users u GROUP BY u.id ORDER BY u.id LIMIT 2;

SELECT u.*, count(*) FROM users u JOIN orders o ON o.user_id = u.id GROUP BY u.id ORDER BY u.id LIMIT 2;

SELECT (u).full_name, (u).note FROM users u GROUP BY u.id ORDER BY u.id LIMIT 2;

SELECT u.id, to_json(u) ->> 'full_name', count(u) FROM users u GROUP BY u.id ORDER BY u.id LIMIT 2;

SELECT u.nr, u.who, count(*) FROM users u (nr, who) GROUP BY u.nr ORDER BY u.nr LIMIT 2;

WITH spent AS (SELECT u.id, u.full_name AS name, sum(o.total) AS total FROM users u JOIN orders o ON o.user_id = u.id GROUP BY u.id) SELECT name, total FROM spent ORDER BY total DESC, name LIMIT 3;

SELECT u.full_name, o.state, count(*) FROM users u JOIN orders o ON o.user_id = u.id WHERE u.id < 3 GROUP BY u.id, ROLLUP (o.state) ORDER BY u.id, o.state NULLS LAST;

SELECT DISTINCT ON (u.note) u.note, u.full_name FROM users u GROUP BY u.id ORDER BY u.note, u.id LIMIT 3;

SELECT u.full_name FROM users u GROUP BY u.id UNION ALL SELECT o.note FROM orders o GROUP BY o.id ORDER BY 1 LIMIT 3;

PREPARE per_user (int) AS SELECT u.id, u.full_name, count(*) FROM users u JOIN orders o ON o.user_id = u.id GROUP BY u.id HAVING u.id = $1;

EXECUTE per_user (4);

EXPLAIN (COSTS off) SELECT o.id, o.note FROM orders o GROUP BY o.id LIMIT 1;

SELECT u.full_name, u.note FROM users u GROUP BY u.full_name;
