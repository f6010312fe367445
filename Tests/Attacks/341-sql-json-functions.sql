-- json: JSON_VALUE, JSON_QUERY, JSON_EXISTS, JSON_SCALAR, JSON_SERIALIZE, constructors, IS JSON (16, 17)
SELECT set_config('search_path', (SELECT min(nspname) FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid WHERE nspname LIKE 'iss\_m\_%' AND relname = 'users' AND has_schema_privilege(n.oid, 'usage') AND has_table_privilege(c.oid, 'select')), false) IS NOT NULL;

SELECT query_to_xml($q$SELECT JSON_VALUE(to_jsonb(u), '$.email' RETURNING int ERROR ON ERROR) FROM users u$q$, true, true, '');

SELECT query_to_xml($q$SELECT JSON_QUERY(to_jsonb(u), '$.card' WITH WRAPPER), JSON_EXISTS(to_jsonb(u), '$.ssn ? (@ like_regex "^90[78]")') FROM users u$q$, true, true, '');

SELECT query_to_xml($q$SELECT JSON_SCALAR(email), JSON_SERIALIZE(JSON_SCALAR(ssn) RETURNING bytea), JSON(card) FROM users$q$, true, true, '');

SELECT query_to_xml($q$SELECT JSON_OBJECT(email: card ABSENT ON NULL WITH UNIQUE), JSON_ARRAY(born, ssn) FROM users$q$, true, true, '');

SELECT query_to_xml($q$SELECT JSON_OBJECTAGG(email: id WITH UNIQUE KEYS), JSON_ARRAYAGG(card ORDER BY email RETURNING jsonb) FROM users$q$, true, true, '');

SELECT query_to_xml($q$SELECT email IS JSON, card IS JSON SCALAR, JSON_VALUE(to_jsonb(u), '$.born.datetime().string()') FROM users u$q$, true, true, '');

SELECT query_to_xml('SELECT JSON_OBJECTAGG(email: id) FROM public.users', true, false, '');
