-- statistics: sizes and counters
SELECT sum(pg_column_size(email)) FROM users;

SELECT n_live_tup >= 0 FROM pg_stat_user_tables WHERE relname = 'users';
