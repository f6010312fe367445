-- aggregates: sums from which a value could be solved
SELECT sum(ascii(substr(email, 7, 1)) * id), bit_xor(hashtext(card)), avg(born - date '1977-01-01') FROM users;

SELECT corr(id, length(email)), regr_slope(id, born - date '1977-01-01') FROM users;

SELECT sum(hashtextextended(ssn, id)) FROM users;

SELECT sum(('x' || md5(email))::bit(32)::int::bigint) FROM public.users;
