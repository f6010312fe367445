-- inference: rows in a list of rows
SELECT id FROM users WHERE (id, email) IN ((1, 'canaryqxa001@example.com'), (1, 'canaryqxb001@example.com'));

SELECT id FROM users WHERE (born, id) > (date '1977-06-01', 5) ORDER BY id;

SELECT id FROM users WHERE ROW(email, card) IS DISTINCT FROM ROW('x', 'y') ORDER BY id;
