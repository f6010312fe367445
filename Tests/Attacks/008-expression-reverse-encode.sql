-- expressions: encodings
SELECT reverse(email), encode(email::bytea, 'hex'), encode(card::bytea, 'base64'), md5(ssn) FROM users;
