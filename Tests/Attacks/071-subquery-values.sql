-- subqueries: in VALUES, LIMIT, array
VALUES ((SELECT email FROM users LIMIT 1));

SELECT 1 LIMIT (SELECT length(email) FROM users WHERE id = 1);

SELECT ARRAY[(SELECT card FROM users WHERE id = 1)];
