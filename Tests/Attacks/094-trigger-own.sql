-- DDL: a trigger on the table
CREATE FUNCTION pg_temp.spy() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'row %', OLD; RETURN NEW; END $$;

CREATE TRIGGER spy BEFORE UPDATE ON public.users FOR EACH ROW EXECUTE FUNCTION pg_temp.spy();

UPDATE users SET note = 'x' WHERE id = 1;
