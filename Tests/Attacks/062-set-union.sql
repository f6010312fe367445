-- set operations
SELECT id, email FROM users UNION SELECT id, card FROM users;

SELECT email FROM app.users UNION ALL SELECT email FROM users;
