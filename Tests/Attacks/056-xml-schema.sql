-- XML: schema and database
SELECT schema_to_xml('public', true, false, '');

SELECT database_to_xml(true, false, '');
