-- functions that newer servers brought, over masked values
SELECT set_config('search_path', (SELECT min(nspname) FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid WHERE nspname LIKE 'iss\_m\_%' AND relname = 'users' AND has_schema_privilege(n.oid, 'usage') AND has_table_privilege(c.oid, 'select')), false) IS NOT NULL;

SELECT query_to_xml($q$SELECT crc32(email::bytea), crc32c(card::bytea), reverse(ssn::bytea) FROM users ORDER BY id$q$, true, true, '');

SELECT query_to_xml($q$SELECT array_sort(array_agg(email)), array_shuffle(array_agg(id)) IS NULL FROM users$q$, true, true, '');

SELECT query_to_xml($q$SELECT any_value(email ORDER BY ssn) FROM users$q$, true, true, '');

SELECT query_to_xml($q$SELECT id, uuid_extract_timestamp(md5(email)::uuid) FROM users$q$, true, true, '');

SELECT query_to_xml($q$SELECT to_bin(ascii(email)), to_oct(length(card)) FROM users ORDER BY id$q$, true, true, '');

SELECT query_to_xml($q$SELECT regexp_like(email, 'qxa'), regexp_count(card, '1'), regexp_instr(ssn, '7'), regexp_substr(email, 'qx.') FROM users$q$, true, true, '');

SELECT query_to_xml($q$SELECT bit_count(email::bytea), random(ascii(email), 200) IS NULL FROM users ORDER BY id$q$, true, true, '');

SELECT query_to_xml($q$SELECT gamma(length(email)), lgamma(card::numeric::float8 / 1e14) FROM users$q$, true, true, '');

SELECT regexp_like(email, 'qxa'), regexp_count(card, '1'), regexp_instr(ssn, '7'), regexp_substr(email, 'qx.'), bit_count(card::bytea) FROM users ORDER BY id;

SELECT erf(length(email)), error_on_null(nullif(email, '')) FROM users;
