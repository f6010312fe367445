-- expressions: SIMILAR TO, splitting and matching into rows
SELECT id FROM users WHERE email SIMILAR TO 'canary%(a|b)%';

SELECT part FROM users, regexp_split_to_table(email, '') AS part WHERE id = 1;

SELECT m FROM users u CROSS JOIN LATERAL regexp_matches(u.card, '[0-9]', 'g') AS m WHERE u.id = 1;

SELECT substring(ssn SIMILAR '#"%#"-%' ESCAPE '#') FROM users WHERE id = 1;
