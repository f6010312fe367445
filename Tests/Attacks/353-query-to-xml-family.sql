-- functions that run a text or read a table by name
SELECT set_config('search_path', (SELECT min(nspname) FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid WHERE nspname LIKE 'iss\_m\_%' AND relname = 'users' AND has_schema_privilege(n.oid, 'usage') AND has_table_privilege(c.oid, 'select')), false) IS NOT NULL;

SELECT query_to_xmlschema('SELECT email, card FROM users', true, false, ''), query_to_xml_and_xmlschema('SELECT max(email), min(born) FROM users', false, true, 'x');

SELECT table_to_xml('users', true, false, '');

SELECT table_to_xml('public.users', true, false, '');

SELECT table_to_xml('events_2024', true, false, '');

SELECT schema_to_xml(current_schema(), true, false, '');

SELECT schema_to_xml('public', true, false, '');

SELECT database_to_xml(true, false, '');

SELECT database_to_xmlschema(true, false, '');

BEGIN; DECLARE c CURSOR FOR SELECT email, ssn FROM users ORDER BY id; SELECT cursor_to_xml('c', 3, false, false, ''); SELECT cursor_to_xmlschema('c', false, false, ''); COMMIT;

SELECT ts_rewrite('a'::tsquery, 'SELECT plainto_tsquery(email), plainto_tsquery(card) FROM public.users');

SELECT ts_rewrite('c'::tsquery, 'SELECT plainto_tsquery(left(email, 1)), plainto_tsquery(email) FROM users');

SELECT * FROM ts_stat('SELECT to_tsvector(email) FROM users') ORDER BY 1;
