-- lexical: E'', U&'' and dollar quotes
SELECT E'\x65mail', U&'\0065mail', $a$email$a$, email FROM users;

SELECT $users$ $users$ || email FROM users;
