-- psql: \gset and \gexec habits, and what \d+ asks of views and partitions
SELECT count(*) AS n, max(id) AS top FROM users;

SELECT format('SELECT count(*) FROM %I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND c.relkind = 'r' AND c.relname LIKE 'event%' ORDER BY 1;

SELECT inhrelid::regclass, pg_catalog.pg_get_expr(c.relpartbound, inhrelid) FROM pg_catalog.pg_class c, pg_catalog.pg_inherits i WHERE c.oid = i.inhrelid AND i.inhparent = 'public.events'::regclass ORDER BY 1;

SELECT pg_catalog.pg_get_viewdef('public.user_names'::regclass, true);
