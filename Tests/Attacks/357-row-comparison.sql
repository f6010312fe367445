-- expressions: rows and records compared, ordered, hashed, within and without names
SELECT id FROM users WHERE (email, card) > ('canaryqxz', '4007') ORDER BY id;

SELECT id FROM users u WHERE (u.*) = (SELECT v.* FROM users v WHERE v.id = u.id) ORDER BY 1;

SELECT id FROM users WHERE (id, born) IN (SELECT id, born FROM users WHERE ssn < '908') ORDER BY 1;

SELECT a.id, b.id FROM users a, users b WHERE ROW(a.email, a.ssn) < ROW(b.email, b.ssn) AND a.id < 4 AND b.id < 4 ORDER BY 1, 2;

SELECT record_image_cmp(u, v) FROM (SELECT email, card FROM users) u, (SELECT card, email FROM users) v;

SELECT bttextcmp(email, 'canaryqxzz'), btrecordcmp(ROW(email), ROW('canaryqxzz'::text)) FROM users;

SELECT count(*) FROM users WHERE ROW(email) IS DISTINCT FROM ROW('canaryqxz001@example.com'::text);

SELECT id FROM public.users u WHERE u > (SELECT v FROM public.users v WHERE id = 1);
