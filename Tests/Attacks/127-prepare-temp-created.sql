-- PREPARE: a temporary table of the same name comes and goes
PREPARE p AS SELECT * FROM users;

CREATE TEMP TABLE users (email text);

EXECUTE p;

DROP TABLE pg_temp.users;

EXECUTE p;
