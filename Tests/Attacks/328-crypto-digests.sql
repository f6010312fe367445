-- expressions: digests of the value
SELECT md5(email), sha256(card::bytea), encode(sha512(ssn::bytea), 'base64'), hashtext(email) FROM users WHERE id = 1;

SELECT md5(u::text), hash_record(u) FROM users u WHERE id = 1;

SELECT md5(email) = md5('canaryqxa001@example.com') FROM users WHERE id = 1;

SELECT sha224(convert_to(email, 'UTF8')) FROM public.users;
