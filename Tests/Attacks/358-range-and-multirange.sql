-- types: ranges and multiranges made of masked values, and their aggregates
SELECT daterange(born, NULL), daterange(min(born) OVER (), born, '[]') FROM users ORDER BY 1, 2;

SELECT range_agg(daterange(born, born + 1)), range_intersect_agg(daterange(born, NULL)) FROM users;

SELECT daterange(born, '1977-01-01') FROM users;

SELECT int8range(card::bigint, NULL) FROM users;

SELECT id FROM users WHERE born <@ '{[1977-02-01,1977-03-01)}'::datemultirange ORDER BY 1;

CREATE TYPE pg_temp.words AS RANGE (subtype = text); SELECT pg_temp.words(email, card) FROM users;

SELECT pg_temp.words('canaryqxz', ssn) FROM users;

SELECT unnest(datemultirange(daterange(born, born + 20))), id FROM users ORDER BY 2;
