-- casts: to and from
SELECT email::varchar(30), card::numeric, ssn::text, born::timestamp, born - date '1970-01-01' FROM users;
