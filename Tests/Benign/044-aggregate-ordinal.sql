-- reports: by position and by alias
SELECT u.id AS person, u.full_name, count(*) FROM users u, orders o WHERE o.user_id = u.id GROUP BY person ORDER BY person LIMIT 3;

SELECT u.id, u.note FROM users u GROUP BY 1 ORDER BY 1 LIMIT 2;
