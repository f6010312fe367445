-- errors: which row fails depends on the value
SELECT id, 1 / (ascii(substr(email, 9, 1)) - 97) FROM users;

SELECT id, sqrt(ascii(right(card, 5)) - 50) FROM users;
