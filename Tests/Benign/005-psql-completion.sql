-- psql: what Tab asks
SELECT c.relname FROM pg_catalog.pg_class c WHERE c.relkind IN ('r', 'v') AND substring(pg_catalog.quote_ident(c.relname), 1, 3) = 'ord' AND pg_catalog.pg_table_is_visible(c.oid) ORDER BY 1 LIMIT 1000;
