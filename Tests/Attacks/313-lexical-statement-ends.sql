-- lexical: semicolons in strings and bodies
SELECT $a$; SELECT email FROM public.users; $a$; SELECT email FROM users WHERE id = 1;

SELECT ';', E'\';', email /* ; */ FROM users WHERE id = 1;

SELECT 1;; SELECT card FROM public.users;

CREATE FUNCTION pg_temp.two() RETURNS text BEGIN ATOMIC SELECT 'x'; SELECT min(email) FROM users; END; SELECT pg_temp.two();
