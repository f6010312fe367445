-- XML: table_to_xml
SELECT table_to_xml('public.users', true, false, '');

SELECT table_to_xml('users'::regclass, false, true, ''), table_to_xml_and_xmlschema('users', true, true, '');
