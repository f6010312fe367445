-- session: search_path past the shadow
SET search_path = public;

SELECT email FROM users;

SET search_path = pg_catalog, public, pg_temp;

SELECT email FROM users;
