-- side channels: large objects
SELECT lo_from_bytea(0, email::bytea) FROM users WHERE id = 1;

SELECT data FROM pg_largeobject;
