-- ddl: generated columns, stored and virtual (18), over values that were read
CREATE TEMP TABLE g (mail text, up text GENERATED ALWAYS AS (upper(mail)) STORED); INSERT INTO g (mail) SELECT email FROM users; SELECT * FROM g ORDER BY 1, 2;

DO $do$ DECLARE r record; BEGIN FOR r IN EXECUTE $q$SELECT 1$q$ LOOP RAISE NOTICE '%', r; END LOOP; END $do$; DO $do$ BEGIN EXECUTE 'CREATE TEMP TABLE v (mail text, up text GENERATED ALWAYS AS (reverse(mail)) VIRTUAL)'; EXECUTE 'INSERT INTO v (mail) SELECT email FROM users'; END $do$;

ALTER TABLE users ADD COLUMN up text GENERATED ALWAYS AS (upper(email)) STORED;

ALTER TABLE users ALTER COLUMN note SET EXPRESSION AS (email);

ALTER TABLE users ALTER COLUMN note DROP EXPRESSION IF EXISTS;

CREATE TEMP TABLE l (LIKE users INCLUDING GENERATED INCLUDING STATISTICS INCLUDING COMMENTS); SELECT count(*) FROM l;
