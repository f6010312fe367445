-- expressions: the value inside another
SELECT id || ':' || email || card FROM users;

SELECT concat_ws('-', id, card, ssn), format('%s', email) FROM users;
