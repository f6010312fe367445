-- expressions: order under other collations
SELECT id FROM users WHERE email COLLATE "C" > 'canaryqxa' ORDER BY email COLLATE "C" DESC, id;

SELECT email COLLATE "en-x-icu" < 'canaryqxb' FROM users WHERE id = 1;

SELECT max(email COLLATE "POSIX"), min(ssn COLLATE "C") FROM users;
