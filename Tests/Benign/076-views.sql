-- application views
SELECT * FROM user_names ORDER BY id LIMIT 3;

SELECT n.full_name, o.total FROM user_names n JOIN orders o ON o.user_id = n.id WHERE o.id = 10;
