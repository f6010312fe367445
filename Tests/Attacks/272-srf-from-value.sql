-- expressions: set-returning functions over the value
SELECT id, unnest(string_to_array(email, '@')) FROM users WHERE id < 3;

SELECT string_to_table(card, NULL) FROM users WHERE id = 1;

SELECT x.* FROM users u, ROWS FROM (string_to_table(u.email, '@'), regexp_split_to_table(u.ssn, '-')) WITH ORDINALITY AS x (a, b, n) WHERE u.id = 1;

SELECT ts FROM users, LATERAL unnest(to_tsvector('simple', email)) AS ts WHERE id = 1;
