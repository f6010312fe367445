-- structure: what the transaction's own counters tell of a masked column's indexes
BEGIN;

UPDATE users SET note = 'counted' WHERE id < 9;

DELETE FROM order_items WHERE order_id < 3;

SELECT relname, seq_scan, seq_tup_read, idx_scan, n_tup_ins, n_tup_upd, n_tup_del, n_tup_hot_upd FROM pg_stat_xact_user_tables WHERE relname IN ('users', 'orders', 'order_items') ORDER BY relname;

SELECT pg_stat_get_xact_tuples_inserted('users_born'::regclass), pg_stat_get_xact_blocks_fetched('users_born'::regclass) >= 0, pg_stat_get_xact_tuples_returned('users_lower_email'::regclass);

SELECT pg_stat_get_xact_tuples_newpage_updated('users'::regclass);

ROLLBACK;

SELECT indexrelname, idx_tup_read >= 0 FROM pg_stat_user_indexes WHERE relname = 'users' ORDER BY 1;
