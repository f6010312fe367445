-- APIs: rows as JSON, keyed pages, arrays of keys
SELECT json_agg(json_build_object('id', u.id, 'name', u.full_name) ORDER BY u.id) FROM users u WHERE u.id = ANY ('{1,2,3}'::int[]);

SELECT id, full_name FROM users WHERE (id, full_name) > (5, '') ORDER BY id, full_name LIMIT 2;

SELECT u.id, coalesce(json_agg(o.id ORDER BY o.id) FILTER (WHERE o.total > 100), '[]') FROM users u LEFT JOIN orders o ON o.user_id = u.id GROUP BY u.id ORDER BY u.id LIMIT 3;

SELECT jsonb_object_agg(state, n) FROM (SELECT state, count(*) AS n FROM orders GROUP BY state) s;

SELECT x.* FROM jsonb_to_recordset('[{"id": 1}, {"id": 3}]') AS x (id int) JOIN users u USING (id) ORDER BY 1;
