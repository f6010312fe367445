-- inference: HAVING
SELECT id FROM users GROUP BY id HAVING max(email) LIKE '%qxa%';
