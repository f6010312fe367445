-- whole rows
SELECT users FROM users;

SELECT u FROM users u;

SELECT (u.*)::text FROM users u;

SELECT ROW(u.*) FROM users u;
