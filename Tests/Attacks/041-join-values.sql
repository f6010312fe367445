-- inference: join with a list of guesses
SELECT v.guess FROM users u JOIN (VALUES ('canaryqxa001@example.com'), ('canaryqxb001@example.com')) v (guess) ON v.guess = u.email;
