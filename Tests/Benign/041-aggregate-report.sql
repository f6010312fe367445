-- reports: sums by person
SELECT u.id, u.full_name, sum(o.total), count(*) FROM users u JOIN orders o ON o.user_id = u.id GROUP BY u.id, u.full_name ORDER BY u.id;

SELECT u.id, u.full_name, sum(o.total) FROM users u JOIN orders o ON o.user_id = u.id GROUP BY u.id ORDER BY sum(o.total) DESC, u.id LIMIT 3;
