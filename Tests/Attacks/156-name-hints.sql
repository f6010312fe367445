-- errors: hints that name columns
SELECT emial FROM users;

SELECT users.crad FROM users;

SELECT no_such(u) FROM users u;
