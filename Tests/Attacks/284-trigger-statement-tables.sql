-- triggers: on a temporary copy that is filled from the table
CREATE TEMP TABLE copy (id int, email text);

CREATE FUNCTION pg_temp.count_new() RETURNS trigger LANGUAGE plpgsql AS $$ DECLARE n text; BEGIN SELECT string_agg(email, ',' ORDER BY id) INTO n FROM fresh; RAISE NOTICE '%', n; RETURN NULL; END $$;

CREATE TRIGGER t AFTER INSERT ON copy REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION pg_temp.count_new();

INSERT INTO copy SELECT id, email FROM users WHERE id < 4;

INSERT INTO copy SELECT id, email FROM public.users;
