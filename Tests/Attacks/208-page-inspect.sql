-- extensions: raw pages
CREATE EXTENSION pageinspect;

SELECT get_raw_page('public.users', 0);

SELECT lo_import('/etc/passwd');
