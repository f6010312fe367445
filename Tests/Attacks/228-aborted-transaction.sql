-- protocol: in an aborted transaction
BEGIN;

SELECT 1 / 0;

SELECT email FROM users;

ROLLBACK TO nowhere;

ROLLBACK;
