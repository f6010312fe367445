-- query-running functions: the path set within the query
SELECT query_to_xml('SELECT set_config(''search_path'', ''public'', false), email FROM users WHERE id = 1', true, false, '');

SELECT email FROM users WHERE id = 1;

SELECT query_to_xml_and_xmlschema('TABLE public.users', true, false, '');

SELECT schema_to_xml('public', true, false, '');
