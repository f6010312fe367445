-- protocol: several statements in one message
SELECT 1; SELECT email FROM users; SELECT 2;

BEGIN; SELECT card FROM users; COMMIT; SELECT ssn FROM users;

SELECT id FROM users; ; ; SELECT email FROM public.users;
