-- windows
SELECT id, lag(email) OVER (ORDER BY id), first_value(card) OVER (), nth_value(ssn, 2) OVER (ORDER BY id) FROM users;
