-- reports: keyset pagination
SELECT id, full_name FROM users WHERE (id) > (10) ORDER BY id LIMIT 3;
