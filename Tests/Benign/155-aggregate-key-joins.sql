-- reports: GROUP BY by the key through a join's name, in parentheses, by position of a star, in each of the grouping sets
SELECT j.full_name, j.email, count(*) FROM (users u JOIN (SELECT user_id, total FROM orders) o ON o.user_id = u.id) AS j GROUP BY j.id ORDER BY j.id LIMIT 3;

SELECT j.who, sum(j.total) FROM (users u JOIN (SELECT user_id, total FROM orders) o ON o.user_id = u.id) AS j (nr, who) GROUP BY j.nr ORDER BY j.nr LIMIT 3;

SELECT j.id, j.note, max(login) FROM ((users u JOIN (SELECT user_id FROM orders) o ON o.user_id = u.id) AS x JOIN app.users a (aid, login, address) ON a.aid = x.id) AS j GROUP BY j.id HAVING j.full_name > '' ORDER BY j.note;

SELECT (j).full_name FROM (users u JOIN (SELECT user_id FROM orders WHERE id < 3) o ON o.user_id = u.id) AS j GROUP BY j.id ORDER BY 1;

SELECT m.id, full_name, email, count(*) FROM users JOIN (SELECT user_id AS id FROM orders) o USING (id) AS m GROUP BY m.id ORDER BY m.id LIMIT 3;

SELECT u.full_name, o.state FROM users u JOIN orders o ON o.user_id = u.id WHERE o.id < 4 GROUP BY (u.id, o.id) ORDER BY o.id;

SELECT u.* FROM public.users u GROUP BY 1 ORDER BY 1 LIMIT 2;

SELECT * FROM users GROUP BY 1 ORDER BY 1 DESC LIMIT 2;

SELECT u.id, full_name(u), email(u) FROM users u GROUP BY u.id ORDER BY u.id LIMIT 2;

SELECT u.id, u.full_name, u.note, grouping(u.note) FROM users u WHERE u.id < 3 GROUP BY GROUPING SETS ((u.id), (u.id, u.note)) ORDER BY 1, 4;

SELECT u.id, u.note, u.full_name, count(*) FROM users u WHERE u.id < 3 GROUP BY u.id, ROLLUP (u.note) ORDER BY 1, 2;

SELECT u.id, u.note, count(*) FROM users u WHERE u.id < 3 GROUP BY u.id, CUBE (u.note, u.full_name) ORDER BY 1, 2, 3;
