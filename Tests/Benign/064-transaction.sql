-- transactions: commit and rollback
BEGIN;

UPDATE users SET note = 'temporary' WHERE id = 9;

SAVEPOINT s;

UPDATE users SET note = 'more' WHERE id = 9;

ROLLBACK TO SAVEPOINT s;

SELECT note FROM public.users WHERE id = 9;

ROLLBACK;

SELECT note FROM public.users WHERE id = 9;
