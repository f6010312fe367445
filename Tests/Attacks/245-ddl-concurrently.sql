-- DDL: forms that commit midway
CREATE INDEX CONCURRENTLY leak ON public.users (email);

DROP INDEX CONCURRENTLY public.users_lower_email;

REINDEX TABLE CONCURRENTLY public.users;

SELECT email FROM users WHERE id = 1;
