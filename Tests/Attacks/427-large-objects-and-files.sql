-- functions: files, programs and large objects, by every name they have
SELECT pg_stat_file('base'), pg_ls_logdir(), pg_ls_tmpdir();

SELECT pg_read_file('global/pg_filenode.map', 0, 10, true);

SELECT lo_export(1, '/tmp/x');

SELECT lo_create(0) > 0; SELECT count(*) FROM pg_largeobject_metadata WHERE lomowner <> (SELECT oid FROM pg_roles WHERE rolname = current_user);

SELECT pg_logdir_ls();

SELECT pg_current_logfile();

LOAD 'auto_explain';

LOAD '$libdir/plugins/auto_explain';

SET auto_explain.log_min_duration = 0; SET auto_explain.log_level = notice; SELECT email FROM users LIMIT 1;

SELECT pg_logical_emit_message(false, 'x', (SELECT min(email) FROM users)) IS NOT NULL;

SELECT pg_switch_wal();

SELECT pg_promote();
