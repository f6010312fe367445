-- protocol: savepoints around a read
BEGIN; SAVEPOINT a;

SELECT email::int FROM users;

ROLLBACK TO a;

SELECT email FROM users;

COMMIT;
