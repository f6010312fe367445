-- translation: outputs that bear the names by which returned columns are known
SELECT 1 AS "masked column 1.1", 2 AS "masked column 99999999999.1", 3 AS "masked column 1.99999", 4 AS "masked column ", 5 AS "masked column x.y z";

DO $$ BEGIN EXECUTE format('CREATE TEMP TABLE n AS SELECT 5 AS %I', format('masked column %s.3 x', 'public.users'::regclass::oid)); END $$;

SELECT * FROM n;

UPDATE users SET note = 'x' WHERE id = 1 RETURNING email AS "masked column 1.1", email "masked column 16400.3", *;

WITH m AS (UPDATE users SET note = 'x' WHERE id = 1 RETURNING *) SELECT email, (SELECT max(card) FROM m), m FROM m;

PREPARE p AS DELETE FROM users WHERE id = 20 RETURNING email AS e, *;

EXECUTE p;

SELECT statement FROM pg_prepared_statements;

DEALLOCATE p;
