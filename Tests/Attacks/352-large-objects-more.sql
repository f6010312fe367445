-- large objects: values stored in one, read back by parts, by descriptor and by the catalogue
BEGIN; SELECT lo_from_bytea(77001, convert_to(string_agg(email, ','  ORDER BY id), 'UTF8')) FROM users; SELECT encode(lo_get(77001, 0, 400), 'escape'); SELECT loread(lo_open(77001, 262144), 100); SELECT encode(data, 'hex') FROM pg_largeobject WHERE loid = 77001; ROLLBACK;

BEGIN; SELECT lo_from_bytea(77002, (SELECT string_agg(card, ',') FROM public.users)::bytea); ROLLBACK;

SELECT lo_put(77003, 0, ssn::bytea) FROM users;
