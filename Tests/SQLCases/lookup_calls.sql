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
PREPARE p AS SELECT id FROM users WHERE email = $1
--> PREPARE p AS SELECT id FROM "iss_m_1".users WHERE email = $1
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
