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
SELECT id FROM users WHERE email = 'x'::text
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
UPDATE users SET note = 'x' WHERE email = 'x'
-->
WITH users AS (SELECT 1 AS email) SELECT * FROM users WHERE email = 'x'
-->
SELECT id FROM users WHERE email = E'x'
-->
SELECT id FROM app.users WHERE email = 'x'
-->
