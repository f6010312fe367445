-- psql: \l and \du
SELECT d.datname, pg_catalog.pg_encoding_to_char(d.encoding) FROM pg_catalog.pg_database d WHERE d.datname LIKE 'template%' ORDER BY 1;

SELECT r.rolname, r.rolsuper FROM pg_catalog.pg_roles r WHERE r.rolname = 'shop_owner';
