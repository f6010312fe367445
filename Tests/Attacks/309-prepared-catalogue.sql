-- side channels: what is prepared and open in the session
PREPARE seen AS SELECT email FROM users WHERE id = $1;

SELECT name, parameter_types FROM pg_prepared_statements WHERE name = 'seen';

BEGIN;

DECLARE open CURSOR FOR SELECT card FROM users;

SELECT name, is_holdable FROM pg_cursors WHERE name = 'open';

ROLLBACK;
