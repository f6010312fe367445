-- expressions: bits and numbers
SELECT get_byte(email::bytea, 8), card::bigint::bit(64), ascii(ssn) FROM users;

SELECT ('x' || md5(email))::bit(32)::int FROM users;
