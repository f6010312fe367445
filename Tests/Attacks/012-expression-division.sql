-- errors: an error for some values only
SELECT 1 / (CASE WHEN email LIKE '%qxa%' THEN 0 ELSE 1 END) FROM users WHERE id = 1;
