-- expressions: arrays and unnest
SELECT unnest(array_agg(email)) FROM users;

SELECT ARRAY(SELECT card FROM users ORDER BY id);

SELECT string_to_array(ssn, NULL) FROM users;
