-- errors: pg_input_is_valid and pg_input_error_info (16) of masked values
SELECT set_config('search_path', (SELECT min(nspname) FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid WHERE nspname LIKE 'iss\_m\_%' AND relname = 'users' AND has_schema_privilege(n.oid, 'usage') AND has_table_privilege(c.oid, 'select')), false) IS NOT NULL;

SELECT id, pg_input_is_valid(email, 'inet') FROM users;

SELECT i.* FROM users, pg_input_error_info(email, 'integer') i;

SELECT query_to_xml('SELECT i.* FROM users, pg_input_error_info(card, ''date'') i', true, false, '');

SELECT query_to_xml('SELECT i.* FROM public.users, pg_input_error_info(card, ''date'') i', true, false, '');
