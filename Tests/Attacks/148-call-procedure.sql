-- CALL
CREATE PROCEDURE pg_temp.p(INOUT e text) LANGUAGE sql AS 'SELECT max(email) FROM public.users';

CALL pg_temp.p(NULL);
