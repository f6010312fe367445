-- json: JSON_TABLE over masked values, direct and by texts that are run
SELECT set_config('search_path', (SELECT min(nspname) FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid WHERE nspname LIKE 'iss\_m\_%' AND relname = 'users' AND has_schema_privilege(n.oid, 'usage') AND has_table_privilege(c.oid, 'select')), false) IS NOT NULL;

SELECT t.* FROM users u, JSON_TABLE(to_jsonb(u), '$' COLUMNS (mail text PATH '$.email', card text PATH '$.card' ERROR ON ERROR)) t;

SELECT query_to_xml('SELECT t.* FROM users u, JSON_TABLE(to_jsonb(u), ''$'' COLUMNS (nr FOR ORDINALITY, mail text PATH ''$.email'', card int PATH ''$.card'' ERROR ON ERROR)) t', true, false, '');

SELECT query_to_xml('SELECT t.* FROM public.users u, JSON_TABLE(to_jsonb(u), ''$'' COLUMNS (mail text PATH ''$.email'')) t', true, false, '');

SELECT query_to_xml('SELECT t.* FROM (SELECT jsonb_agg(to_jsonb(u)) j FROM users u) u, JSON_TABLE(j, ''$[*] ? (@.email starts with "c")'' COLUMNS (id int PATH ''$.id'', NESTED PATH ''$.born'' COLUMNS (b date PATH ''$''))) t', true, false, '');
