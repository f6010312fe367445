-- expressions: one character at a time
SELECT id, substr(email, 1, 8), left(card, 8), split_part(ssn, '-', 1) FROM users;

SELECT ascii(substring(email FROM 9 FOR 1)) FROM users;
