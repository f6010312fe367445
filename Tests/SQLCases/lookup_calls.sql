--# Constants: every masked column may be looked up here; the code is the column's name
SELECT id FROM users WHERE email = 'a@b.example'
--> SELECT id FROM "iss_m_1".users WHERE ("users"."id") IN (SELECT * FROM "iss_m_1"."lookup_email"('a@b.example', '\xemail'))
SELECT * FROM public.users AS "U x" WHERE "U x".email = 'x' AND note = 'y'
--> SELECT * FROM "iss_m_1".users AS "U x" WHERE ("U x"."id") IN (SELECT * FROM "iss_m_1"."lookup_email"('x', '\xemail')) AND note = 'y'
SELECT id FROM users WHERE 'it''s' = email AND id > 5
--> SELECT id FROM "iss_m_1".users WHERE ("users"."id") IN (SELECT * FROM "iss_m_1"."lookup_email"('it''s', '\xemail')) AND id > 5
SELECT id FROM payments p WHERE(p.iban/*=*/='AT1')
--> SELECT id FROM "iss_m_1".payments p WHERE(("p"."id", "p"."line") IN (SELECT * FROM "iss_m_1"."lookup_iban"('AT1'::public.iban, '\xiban')))
SELECT id FROM users WHERE email = 'x' UNION SELECT id FROM users WHERE email = 'y'
--> SELECT id FROM "iss_m_1".users WHERE ("users"."id") IN (SELECT * FROM "iss_m_1"."lookup_email"('x', '\xemail')) UNION SELECT id FROM "iss_m_1".users WHERE ("users"."id") IN (SELECT * FROM "iss_m_1"."lookup_email"('y', '\xemail'))
SELECT u.id FROM users u LEFT JOIN orders o ON o.user_id = u.id WHERE u.email = 'x' GROUP BY u.id
--> SELECT u.id FROM "iss_m_1".users u LEFT JOIN orders o ON o.user_id = u.id WHERE ("u"."id") IN (SELECT * FROM "iss_m_1"."lookup_email"('x', '\xemail')) GROUP BY u.id
DECLARE c CURSOR FOR SELECT id FROM users WHERE email = 'x'
--> DECLARE c CURSOR FOR SELECT id FROM "iss_m_1".users WHERE ("users"."id") IN (SELECT * FROM "iss_m_1"."lookup_email"('x', '\xemail'))
PREPARE p AS SELECT id FROM users WHERE email = 'x' AND id = $1
--> PREPARE p AS SELECT id FROM "iss_m_1".users WHERE ("users"."id") IN (SELECT * FROM "iss_m_1"."lookup_email"('x', '\xemail')) AND id = $1
--# Parameters: the codes stand behind the client's
SELECT id FROM users WHERE email = $1
--> SELECT id FROM "iss_m_1".users WHERE ("users"."id") IN (SELECT * FROM "iss_m_1"."lookup_email"($1, $2))
SELECT id, $3::text FROM users WHERE $2 = email AND note = $1
--> SELECT id, $3::text FROM "iss_m_1".users WHERE ("users"."id") IN (SELECT * FROM "iss_m_1"."lookup_email"($2, $4)) AND note = $1
SELECT id FROM users WHERE email = $1 OR id IN (SELECT id FROM users WHERE email = $1)
--> SELECT id FROM "iss_m_1".users WHERE email = $1 OR id IN (SELECT id FROM "iss_m_1".users WHERE ("users"."id") IN (SELECT * FROM "iss_m_1"."lookup_email"($1, $2)))
--# Prepared in SQL: the code is a parameter behind the statement's own, and EXECUTE brings it
PREPARE p AS SELECT id FROM users WHERE email = $1
--> PREPARE p AS SELECT id FROM "iss_m_1".users WHERE ("users"."id") IN (SELECT * FROM "iss_m_1"."lookup_email"($1, $2))
PREPARE p (text, int, int) AS SELECT id FROM users WHERE email = $1::text AND id > $2; SELECT $7
--> PREPARE p (text, int, int) AS SELECT id FROM "iss_m_1".users WHERE ("users"."id") IN (SELECT * FROM "iss_m_1"."lookup_email"($1::text, $4)) AND id > $2; SELECT $7
PREPARE p AS SELECT id FROM users WHERE email = $1; EXECUTE p ('x' /* ) */ ); EXECUTE p(NULL); EXPLAIN EXECUTE "p"('y'::text)
--> PREPARE p AS SELECT id FROM "iss_m_1".users WHERE ("users"."id") IN (SELECT * FROM "iss_m_1"."lookup_email"($1, $2)); EXECUTE p ('x' /* ) */ , '\xx'); EXECUTE p(NULL, NULL); EXPLAIN EXECUTE "p"('y'::text, '\xy')
PREPARE "P" AS SELECT id FROM users WHERE email = $1; CREATE TEMP TABLE execute AS EXECUTE "P"('execute "P"(1)'); EXECUTE p('z')
--> PREPARE "P" AS SELECT id FROM "iss_m_1".users WHERE ("users"."id") IN (SELECT * FROM "iss_m_1"."lookup_email"($1, $2)); CREATE TEMP TABLE execute AS EXECUTE "P"('execute "P"(1)', '\xexecute "P"(1)'); EXECUTE p('z')
EXECUTE q('x')
--> EXECUTE q('x')
--# Where rows are written or locked
UPDATE users SET note = 'x' WHERE email = 'x' RETURNING *
--> UPDATE users SET note = 'x' WHERE ("users"."id") IN (SELECT * FROM "iss_m_1"."lookup_email"('x', '\xemail')) RETURNING "users"."id", "users"."full_name", NULL::text AS "email", NULL::date AS "born", "users"."note", "users"."extra"
UPDATE users u SET note = o.note FROM orders o WHERE u.email = $1 AND o.user_id = u.id
--> UPDATE users u SET note = o.note FROM orders o WHERE ("u"."id") IN (SELECT * FROM "iss_m_1"."lookup_email"($1, $2)) AND o.user_id = u.id
DELETE FROM public.users WHERE 'x'::text = public.users.email
--> DELETE FROM public.users WHERE ("users"."id") IN (SELECT * FROM "iss_m_1"."lookup_email"('x'::text, '\xemail'))
SELECT id FROM users WHERE email = 'x' FOR UPDATE
--> SELECT id FROM users WHERE ("users"."id") IN (SELECT * FROM "iss_m_1"."lookup_email"('x', '\xemail')) FOR UPDATE
SELECT * FROM users WHERE email = 'x' FOR UPDATE
--> SELECT * FROM "iss_m_1".users WHERE ("users"."id") IN (SELECT * FROM "iss_m_1"."lookup_email"('x', '\xemail')) FOR UPDATE
SELECT u.*, o.id FROM users u JOIN orders o ON o.user_id = u.id WHERE u.email = $1 AND u.born < now() FOR NO KEY UPDATE OF u NOWAIT
--> SELECT u.*, o.id FROM "iss_m_1".users u JOIN orders o ON o.user_id = u.id WHERE ("u"."id") IN (SELECT * FROM "iss_m_1"."lookup_email"($1, $2)) AND u.born < now() FOR NO KEY UPDATE OF u NOWAIT
--# Casts stay in the call
SELECT id FROM users WHERE public.users.email = CAST($1 AS varchar) AND note = 'y'
--> SELECT id FROM "iss_m_1".users WHERE ("users"."id") IN (SELECT * FROM "iss_m_1"."lookup_email"(CAST($1 AS varchar), $2)) AND note = 'y'
SELECT id FROM payments p WHERE p.iban = 'x'::varchar
--> SELECT id FROM "iss_m_1".payments p WHERE ("p"."id", "p"."line") IN (SELECT * FROM "iss_m_1"."lookup_iban"('x'::varchar::public.iban, '\xiban'))
--# Left alone
SELECT id FROM users WHERE email = 5
--> SELECT id FROM "iss_m_1".users WHERE email = 5
SELECT id FROM users WHERE email LIKE 'x'
--> SELECT id FROM "iss_m_1".users WHERE email LIKE 'x'
SELECT id FROM users WHERE email IN ('x', 'y')
--> SELECT id FROM "iss_m_1".users WHERE email IN ('x', 'y')
SELECT id FROM users WHERE email = ANY (ARRAY['x'])
--> SELECT id FROM "iss_m_1".users WHERE email = ANY (ARRAY['x'])
SELECT u.id FROM users u, (VALUES ('x')) v (e) WHERE u.email = v.e
--> SELECT u.id FROM "iss_m_1".users u, (VALUES ('x')) v (e) WHERE u.email = v.e
SELECT u.id FROM users u JOIN orders o ON u.email = 'x'
--> SELECT u.id FROM "iss_m_1".users u JOIN orders o ON u.email = 'x'
SELECT id FROM users WHERE substr(email, 1, 3) = 'abc'
--> SELECT id FROM "iss_m_1".users WHERE substr(email, 1, 3) = 'abc'
SELECT id FROM users u (id, email, note) WHERE email = 'x'
--> SELECT id FROM "iss_m_1".users u (id, email, note) WHERE email = 'x'
SELECT id FROM users WHERE NOT (email = 'x')
--> SELECT id FROM "iss_m_1".users WHERE NOT (email = 'x')
