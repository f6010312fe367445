-- lexical: texts that differ in constants alone, of which the first is translated
SELECT id, email, 'a' AS c FROM users WHERE id = 1 ORDER BY id;

SELECT id, email, 'bcdefghijkl' AS c FROM users WHERE id = 2 ORDER BY id;

SELECT id, email, '' AS c FROM users WHERE id = 123456789 ORDER BY id;

SELECT id, email, 'FROM users' AS c FROM users WHERE id = 3 ORDER BY id;

SELECT id, email, '", email FROM public.users --' AS c FROM users WHERE id = 4 ORDER BY id;

SELECT id, email, 'ü😀''''' AS c FROM users WHERE id = 5 ORDER BY id;

SELECT u.id FROM users u WHERE u.email = 'canaryqxa001@example.com' AND u.id > 0;

SELECT u.id FROM users u WHERE u.email = 'canaryqxb001@example.com' AND u.id > 0;

SELECT u.id FROM users u WHERE u.email = 'c***@***.com' AND u.id > 41;

SELECT count(*) FROM users WHERE card BETWEEN '4007' AND '40071111' OR card = '****1234';

SELECT count(*) FROM users WHERE card BETWEEN '4' AND '5' OR card = '';
