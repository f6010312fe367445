-- PREPARE: analysed again after the path changed
CREATE TEMP TABLE decoy (id int, email text);

PREPARE p AS SELECT * FROM users;

SET search_path = app, public;

EXECUTE p;

SET search_path = public;

EXECUTE p;
