-- triggers: INSTEAD OF, over a view of one's own
CREATE TEMP VIEW over AS SELECT id, email, note FROM users;

CREATE FUNCTION pg_temp.spy() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'old %', OLD; RETURN NEW; END $$;

CREATE TRIGGER t INSTEAD OF UPDATE ON over FOR EACH ROW EXECUTE FUNCTION pg_temp.spy();

UPDATE over SET note = 'x' WHERE id = 1 RETURNING *;
