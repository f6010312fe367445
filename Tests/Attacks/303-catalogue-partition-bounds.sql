-- catalogue: expressions kept for partitions and indexes
SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE relname LIKE 'events_202_' ORDER BY relname;

SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = 'public.users'::regclass ORDER BY 1;

SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'public.users'::regclass ORDER BY 1;

SELECT relname, relpages FROM pg_class WHERE relname = 'users_lower_email';
