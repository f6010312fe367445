-- cursors: refcursor from a function
BEGIN;

CREATE FUNCTION pg_temp.open_it() RETURNS refcursor LANGUAGE plpgsql AS $$ DECLARE c refcursor := 'leak'; BEGIN OPEN c FOR SELECT email FROM public.users; RETURN c; END $$;

SELECT pg_temp.open_it();

FETCH ALL FROM leak;

ROLLBACK;
