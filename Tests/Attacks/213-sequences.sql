-- side channels: sequences
CREATE TEMP SEQUENCE s;

SELECT setval('s', ascii(substr(email, 9, 1))) FROM users WHERE id = 1;

SELECT last_value FROM s;
