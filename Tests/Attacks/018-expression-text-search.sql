-- expressions: full text
SELECT to_tsvector('simple', email), ts_headline(email, 'canary'), to_tsvector(card) @@ '40071111'::tsquery FROM users;
