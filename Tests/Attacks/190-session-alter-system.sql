-- session: ALTER SYSTEM and reload
ALTER SYSTEM SET log_statement = 'all';

SELECT pg_reload_conf();

SELECT pg_read_file('postgresql.conf', 0, 10);
