-- protocol: after an error in the middle
SELECT 1; SELECT 1 / 0; SELECT email FROM users;

SELECT email FROM users;
