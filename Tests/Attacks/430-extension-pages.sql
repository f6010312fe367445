-- extensions: pages, tuples, buffers, free space and the log
SELECT ext.get_raw_page('public.users', 0);

SELECT * FROM ext.bt_page_items('users_email_key', 1);

SELECT * FROM ext.pgstattuple('public.users');

SELECT ext.pg_relpages('public.users'::regclass);

SELECT * FROM ext.pg_freespace('public.users');

SELECT * FROM ext.pg_visibility('public.users');

SELECT count(*) FROM ext.pg_buffercache;

SELECT * FROM ext.pg_get_wal_records_info('0/1000000', '0/1100000');

SELECT ext.bt_index_check('users_email_key'::regclass, true);

SELECT ext.pg_prewarm('public.users');

SELECT locked_row FROM ext.pgrowlocks('public.users');

SELECT locker FROM ext.pgrowlocks('public.orders');

SELECT email FROM public.users TABLESAMPLE ext.system_rows(3);
