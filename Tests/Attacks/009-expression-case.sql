-- expressions: a branch for each guess
SELECT id, CASE WHEN email LIKE '%qxa%' THEN 1 ELSE 0 END, CASE card WHEN '4007' THEN 'x' END FROM users;
