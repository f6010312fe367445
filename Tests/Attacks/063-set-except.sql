-- inference: set operations against guesses
SELECT email FROM users EXCEPT SELECT 'canaryqxa001@example.com';

SELECT ssn FROM users INTERSECT VALUES ('907-11-0001'), ('908-22-0001');
