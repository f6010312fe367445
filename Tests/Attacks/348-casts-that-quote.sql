-- errors: casts whose error quotes the value, each type of its own
SELECT card::bigint::int2 FROM users;

SELECT email::inet FROM users;

SELECT ssn::money FROM users;

SELECT email::uuid FROM users;

SELECT card::macaddr FROM users;

SELECT ssn::tid FROM users;

SELECT email::pg_lsn FROM users;

SELECT (email || ' ')::regclass FROM users;

SELECT email::regtype FROM users;

SELECT ssn::regproc FROM users;

SELECT email::bit(8) FROM users;

SELECT card::bit varying(2) FROM users;

SELECT ssn::point FROM users;

SELECT email::xid8 FROM users;

SELECT born::text::time FROM users;

SELECT email::jsonpath FROM users;

SELECT email::tsquery FROM users;

SELECT card::int4range FROM users;

SELECT ('{' || email || '}')::int[] FROM users;

SELECT ('{"a": ' || email || '}')::json FROM users;

SELECT email::"char"::int FROM users;

SELECT decode(email, 'hex') FROM users;

SELECT decode(ssn, 'base64') FROM users;

SELECT to_timestamp(ssn, 'YYYY-MM-DD') FROM users;

SELECT to_number(email, '9G999') FROM users;

SELECT convert_from(email::bytea, 'SQL_ASCII')::int FROM users;

SELECT chr(ascii(email) - 999) FROM users;

SELECT set_bit(card::bytea, 9999, 1) FROM users;
