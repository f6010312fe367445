-- lexical: case and trailing blanks
SELECT EMAIL, "email"/**/, Public . Users . Card FROM PUBLIC . USERS;

SELECT "EMAIL" FROM users;
