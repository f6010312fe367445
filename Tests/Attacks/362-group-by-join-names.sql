-- translation: GROUP BY by a key through joins with names, with masked columns beside it
SELECT j.email, j.card, count(*) FROM (users u JOIN (SELECT user_id FROM orders) o ON o.user_id = u.id) AS j GROUP BY j.id ORDER BY j.ssn, j.email;

SELECT j.c FROM (users u JOIN (SELECT user_id FROM orders) o ON true) AS j (a, b, c, d) GROUP BY a HAVING max(j.d) = j.d ORDER BY j.c;

SELECT email(u), card(u) FROM users u GROUP BY u.id ORDER BY born(u), 1;

SELECT u.* FROM users u GROUP BY 1 ORDER BY u.email;

SELECT m.id, email FROM users JOIN app.users a (id, l, e) USING (id) AS m GROUP BY m.id ORDER BY 2;

SELECT j FROM (users u CROSS JOIN (VALUES (1)) v (k)) AS j GROUP BY j.id, j.k;

SELECT u.email, o.note FROM public.users u JOIN orders o ON o.user_id = u.id AND o.note = u.email GROUP BY (u.id, o.id);
