-- write: RETURNING OLD and NEW (18)
UPDATE users SET note = 'x' WHERE id = 1 RETURNING old.email, new.email;

UPDATE users SET note = 'x' WHERE id = 1 RETURNING old.*, new.*;

UPDATE users SET email = 'someone@example.org' WHERE id = 1 RETURNING old.email;

INSERT INTO users (id, full_name, born) VALUES (1, 'x', '2000-01-01') ON CONFLICT (id) DO UPDATE SET note = 'y' RETURNING old.card, new.card, old.full_name;

DELETE FROM users WHERE id = 20 RETURNING old.ssn, new.ssn;

UPDATE users SET note = 'x' WHERE id = 1 RETURNING WITH (OLD AS before, NEW AS after) before.email, after.email;

DO $do$ DECLARE r record; BEGIN FOR r IN EXECUTE $q$UPDATE users SET note = 'x' WHERE id = 1 RETURNING old.email, to_jsonb(old), old$q$ LOOP RAISE NOTICE '%', r; END LOOP; END $do$;

DO $do$ DECLARE r record; BEGIN FOR r IN EXECUTE $q$UPDATE users SET note = 'x' WHERE id = 1 RETURNING WITH (OLD AS o) o.ssn$q$ LOOP RAISE NOTICE '%', r; END LOOP; END $do$;
