-- query-running functions: query_to_xml
SELECT query_to_xml('SELECT email, card FROM public.users', true, false, '');

SELECT query_to_xml('SELECT u::text FROM users u', true, true, '');

SELECT query_to_xml(convert_from('\x53454c45435420656d61696c2046524f4d207573657273', 'UTF8'), true, false, '');
