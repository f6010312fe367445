-- DDL: transition tables
CREATE FUNCTION pg_temp.spy() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE '%', (SELECT string_agg(o::text, ',') FROM o); RETURN NULL; END $$;

CREATE TRIGGER spy AFTER UPDATE ON public.users REFERENCING OLD TABLE AS o FOR EACH STATEMENT EXECUTE FUNCTION pg_temp.spy();

UPDATE users SET note = 'x';
