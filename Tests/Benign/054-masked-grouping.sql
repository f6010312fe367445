-- reads: the mask is a value like any other
SELECT count(email), count(DISTINCT id) FROM users;

SELECT email IS NULL FROM users WHERE id = 1;
