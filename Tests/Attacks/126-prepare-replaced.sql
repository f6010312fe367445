-- PREPARE: the same name for another statement
PREPARE p AS SELECT id FROM users;

DEALLOCATE p; PREPARE p AS SELECT email FROM public.users;

EXECUTE p;

DEALLOCATE ALL;
