-- lexical: comments that hide the table
SELECT email /* /* */ FROM app.users -- */ */ FROM users;

SELECT email --
FROM users;
