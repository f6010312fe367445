-- locks
LOCK TABLE public.users IN ACCESS SHARE MODE;

BEGIN; LOCK users; SELECT email FROM users; ROLLBACK;
