-- XML: XMLTABLE and xpath over a row
SELECT x.* FROM users u, XMLTABLE('/r' PASSING XMLELEMENT(NAME r, XMLATTRIBUTES (u.email AS e), u.card) COLUMNS e text PATH '@e', c text PATH '.') AS x WHERE u.id = 1;

SELECT xpath('/row/email/text()', query_to_xml('SELECT email FROM users WHERE id = 1', true, true, ''));

SELECT xmlserialize(CONTENT xmlforest(u.ssn, u.born) AS text) FROM users u WHERE id = 1;
