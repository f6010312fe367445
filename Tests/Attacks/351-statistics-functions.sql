-- statistics: functions that count and measure, after reads and writes of free columns
SELECT pg_relation_size('users'), pg_indexes_size('users'), pg_total_relation_size('users'), pg_table_size('users');

SELECT pg_column_size(email), pg_column_size(card), pg_column_size(u.*) FROM users u ORDER BY 1, 2, 3;

BEGIN; UPDATE users SET note = 'same' WHERE id < 5; SELECT pg_stat_get_xact_tuples_updated('users'::regclass), pg_stat_get_xact_tuples_hot_updated('users'::regclass); ROLLBACK;

SELECT relpages, reltuples, relallvisible FROM pg_class WHERE relname IN ('users', 'users_lower_email', 'users_born', 'users_email_key') ORDER BY relname;

SELECT pg_column_compression(email), pg_column_compression(note) FROM users LIMIT 3;

SELECT pg_stat_get_live_tuples('users'::regclass), pg_stat_get_dead_tuples('users_born'::regclass);

SELECT pg_clear_attribute_stats('public', 'users', 'email', false);

SELECT * FROM pg_stats_ext_exprs;

SELECT pg_restore_attribute_stats('schemaname', 'public', 'relname', 'users', 'attname', 'email', 'inherited', false, 'null_frac', 0.5::real);
