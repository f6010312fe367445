-- extensions: those that run a text, installed
SELECT * FROM ext.crosstab('SELECT id, email, card FROM public.users ORDER BY 1') AS t (id int, a text);

SELECT * FROM ext.crosstab('SELECT id, full_name, email FROM users ORDER BY 1, 2', 'SELECT DISTINCT full_name FROM public.users ORDER BY 1 LIMIT 2') AS t (id int, a text, b text);

SELECT * FROM ext.crosstab('SELECT id, note, note FROM public.users ORDER BY 1', 'SELECT email FROM public.users') AS t (id int, a text);

SELECT * FROM ext.connectby('public.users', 'id', 'id', 'email', '1', 0) AS t (a int, b int, c int);

SELECT * FROM ext.connectby('public.users', 'email', 'card', '1', 0) AS t (a text, b text, c int);

SELECT * FROM ext.xpath_table('id', 'email', 'public.users', '/x', 'true') AS t (id int, a text);

SELECT * FROM ext.xpath_table('id', '(SELECT max(card) FROM public.users)', 'orders', '/x', 'id < 2') AS t (id int, a text);

SELECT ext.xslt_process('<x/>', '<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"><xsl:template match="/"><xsl:value-of select="document(''/etc/passwd'')"/></xsl:template></xsl:stylesheet>');
