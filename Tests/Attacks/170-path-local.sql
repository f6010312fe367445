-- session: SET LOCAL and its end
BEGIN;

SET LOCAL search_path = app;

SELECT count(email) FROM users;

COMMIT;

SELECT email FROM users;
