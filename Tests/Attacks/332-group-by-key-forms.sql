-- translation: columns that a key brings into GROUP BY, as rows, renamed, in sets, in another query's list
SELECT u.id, row_to_json(u), u::text, (u).email, count(u.*) FROM users u GROUP BY u.id ORDER BY 1;

SELECT a, b, c, d, e FROM users u (a, b, c, d, e) GROUP BY a HAVING max(d) = d ORDER BY c, d, e;

SELECT u.email, u.card FROM users u (email, id, card) GROUP BY u.id;

SELECT x.id, x.email, (SELECT max(y.email) FROM users y GROUP BY y.id HAVING y.email < x.email LIMIT 1) FROM users x GROUP BY x.id ORDER BY x.email;

SELECT u.email, grouping(u.email) FROM users u GROUP BY u.id, CUBE (u.email) ORDER BY 1, 2;

SELECT u.ssn FROM users u GROUP BY GROUPING SETS ((u.id), (u.id, u.card)) ORDER BY 1;

SELECT u.email || '' FROM ONLY users u GROUP BY u.id;

UPDATE users SET note = (SELECT max(u.email) FROM users u GROUP BY u.id HAVING u.id = users.id) WHERE id = 1 RETURNING note;

SELECT "u"."email" FROM public.users "u" JOIN public.users v ON v.email = u.email GROUP BY "u".id, v.id HAVING v.card > u.card ORDER BY 1;
