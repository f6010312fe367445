-- DDL: an event trigger
CREATE FUNCTION pg_temp.e() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE '%', (SELECT max(email) FROM public.users); END $$;

CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION pg_temp.e();
