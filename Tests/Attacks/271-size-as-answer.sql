-- inference: the size of an answer
SELECT octet_length(email), pg_column_size(card), bit_length(ssn), char_length(born::text) FROM users WHERE id = 1;

SELECT repeat('x', ascii(substr(card, 5, 1))) FROM users WHERE id = 1;

SELECT sum(octet_length(u::text)) FROM users u;

SELECT g FROM users, LATERAL generate_series(1, strpos(email, 'b')) g WHERE id = 1;
