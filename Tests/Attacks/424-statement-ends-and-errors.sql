-- protocol: several statements, errors between them, and what survives
BEGIN; SAVEPOINT a; SELECT email FROM public.users; SELECT card FROM users LIMIT 1; COMMIT;

SELECT note FROM users WHERE id = 1; SELECT email FROM public.users WHERE id = 1; SELECT ssn FROM users WHERE id = 1;

SAVEPOINT nowhere; SELECT email FROM users LIMIT 1;

BEGIN; DECLARE c NO SCROLL CURSOR FOR SELECT email FROM public.users; FETCH c; ROLLBACK;

BEGIN; SELECT 1/0; SELECT email FROM public.users; ROLLBACK; SELECT email FROM users WHERE id = 2;

;;; SELECT email FROM public.users; ;

SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY; SELECT email FROM public.users;

ABORT; SELECT card FROM users WHERE id = 3;
