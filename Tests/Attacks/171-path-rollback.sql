-- session: a path that comes back
BEGIN;

SET search_path = app;

SAVEPOINT s;

SET search_path = public;

ROLLBACK TO s;

SELECT max(email) FROM users;

ROLLBACK;

SELECT email FROM users;
