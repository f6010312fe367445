--# Plain
SELECT id FROM users WHERE email = 'a@b.example'
--> users.email = 'a@b.example' in [email = 'a@b.example']
SELECT id FROM users u WHERE u.email = $1 AND id > 5
--> u.email = $1 in [u.email = $1]
SELECT id FROM users WHERE 'it''s' = email
--> users.email = 'it's' in ['it''s' = email]
SELECT id FROM users WHERE id > 5 AND (email='x' AND note = 'y')
--> users.email = 'x' in [email='x']
SELECT o.id FROM orders o JOIN users u ON u.id = o.user_id WHERE u.email /* x */ = /* y */ 'x'
--> u.email = 'x' in [u.email /* x */ = /* y */ 'x']
SELECT id FROM orders WHERE user_id IN (SELECT id FROM users WHERE email = $2)
--> users.email = $2 in [email = $2]
PREPARE p AS SELECT id FROM users WHERE "users"."email" = $1
--> users.email = $1 in ["users"."email" = $1]
SELECT id FROM users WHERE email = E'x\'y'
--> users.email = 'x'y' in [email = E'x\'y']
SELECT id FROM users WHERE public.users.email = 'x'
--> users.email = 'x' in [public.users.email = 'x']
UPDATE users SET note = 'x' WHERE email = 'x'
--> users.email = 'x' in [email = 'x']
UPDATE users u SET note = 'x' FROM orders o WHERE u.email = $1 AND o.user_id = u.id
--> u.email = $1 in [u.email = $1]
DELETE FROM users WHERE id > 3 AND email = 'x'
--> users.email = 'x' in [email = 'x']
DELETE FROM orders USING users u WHERE u.id = user_id AND u.email = 'x'
--> u.email = 'x' in [u.email = 'x']
--# Casts to the column's own type
SELECT id FROM users WHERE email = 'x'::text
--> users.email = 'x' in [email = 'x'::text]
SELECT id FROM users WHERE email = $1 :: pg_catalog.varchar AND id = 5
--> users.email = $1 in [email = $1 :: pg_catalog.varchar]
SELECT id FROM users WHERE email = 'x'::character varying AND id = 5
--> users.email = 'x' in [email = 'x'::character varying]
SELECT id FROM users WHERE CAST('x' AS text) = email
--> users.email = 'x' in [CAST('x' AS text) = email]
SELECT id FROM payments p WHERE p.iban = 'x'::varchar
--> p.iban = 'x' in [p.iban = 'x'::varchar]
--# Not plain
SELECT id FROM users WHERE email = 'x' OR id = 5
-->
SELECT id FROM users WHERE NOT email = 'x'
-->
SELECT id FROM users WHERE (email) = ('x')
-->
SELECT id FROM users WHERE lower(email) = 'x'
-->
SELECT id FROM users WHERE email::varchar = 'x'
-->
SELECT id FROM users WHERE email = 'x'::varchar(3)
-->
SELECT id FROM users WHERE email = '5'::int
-->
SELECT id FROM users WHERE email = '{x}'::text[]
-->
SELECT id FROM users WHERE email = text 'x'
-->
SELECT id FROM users WHERE email = 'x'::text::varchar
-->
SELECT id FROM users WHERE email IN ('x')
-->
SELECT id FROM users WHERE email = ANY ($1)
-->
SELECT id FROM users WHERE email LIKE 'x'
-->
SELECT id FROM users WHERE email OPERATOR(pg_catalog.=) 'x'
-->
SELECT id FROM users WHERE email = note
-->
SELECT id FROM users WHERE note = 'x'
-->
SELECT email = 'x' FROM users
-->
SELECT id FROM users ORDER BY email = 'x'
-->
SELECT CASE WHEN email = 'x' THEN 1 END FROM users
-->
SELECT id FROM users GROUP BY id HAVING max(email) = 'x'
-->
SELECT u.id FROM users u JOIN orders o ON u.email = 'x'
-->
SELECT id FROM users, orders WHERE email = 'x'
-->
SELECT id FROM users u WHERE EXISTS (SELECT 1 FROM orders WHERE u.email = 'x')
-->
UPDATE users SET note = 'x' FROM orders WHERE email = 'x'
-->
UPDATE users SET note = 'x' WHERE email = 'x' OR id = 1
-->
MERGE INTO users u USING orders o ON u.email = 'x' WHEN MATCHED THEN DELETE
-->
WITH users AS (SELECT 1 AS email) SELECT * FROM users WHERE email = 'x'
-->
SELECT id FROM users WHERE email = U&'x'
-->
SELECT id FROM app.users WHERE email = 'x'
-->
