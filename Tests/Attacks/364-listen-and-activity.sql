-- side channels: what other sessions show of the lease's own reads
SELECT query FROM pg_stat_activity WHERE pid = pg_backend_pid() AND 'x' < (SELECT max(email) FROM users);

SELECT count(*) > 0 FROM pg_locks WHERE relation = 'users'::regclass AND (SELECT email FROM users LIMIT 1) IS NOT NULL;

SELECT backend_type, wal_records >= 0 FROM pg_stat_wal, pg_stat_activity WHERE pid = pg_backend_pid();

SELECT pg_log_backend_memory_contexts(pg_backend_pid());

SELECT name, ident FROM pg_backend_memory_contexts WHERE ident LIKE '%canary%';

SELECT * FROM pg_get_backend_memory_contexts() WHERE ident ILIKE '%email%' AND false;

SELECT * FROM pg_shmem_allocations LIMIT 1;

SELECT pg_read_file('base/1/PG_VERSION');

SELECT * FROM pg_hba_file_rules;

SELECT * FROM pg_ls_waldir();
