-- reads: masked columns keep their types
SELECT pg_typeof(email), pg_typeof(card), pg_typeof(ssn), pg_typeof(born) FROM users WHERE id = 1;
