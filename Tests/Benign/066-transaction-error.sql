-- transactions: the state after an error
BEGIN; SELECT 1 / 0;

SELECT 1;

ROLLBACK;

SELECT count(*) FROM public.users;
