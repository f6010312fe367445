-- lexical: junk after numbers and parameters
SELECT 1email FROM users;

SELECT 0x1email, 1.e FROM users;
