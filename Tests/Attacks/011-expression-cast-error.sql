-- errors: the value in the message of a failed cast
SELECT email::integer FROM users;

SELECT CAST(card AS date) FROM users;

SELECT ssn::inet FROM users ORDER BY id;
