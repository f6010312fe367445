-- query-running functions: cursor_to_xml
BEGIN;

DECLARE c CURSOR FOR SELECT email FROM public.users;

SELECT cursor_to_xml('c', 10, true, false, '');

COMMIT;
