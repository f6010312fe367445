-- side channels: texts of other people's statements, with their constants
SELECT query FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND query NOT LIKE '<insufficient%' AND query <> '';

SELECT pg_stat_get_backend_activity(n) FROM generate_series(1, 40) n WHERE pg_stat_get_backend_activity(n) NOT LIKE '<%' AND pg_stat_get_backend_activity(n) NOT LIKE '%get_backend_activity%' AND pg_stat_get_backend_activity(n) <> '';

SELECT query FROM pg_stat_get_activity(NULL) WHERE pid <> pg_backend_pid() AND query NOT LIKE '<insufficient%' AND query <> '';

CREATE EXTENSION pg_stat_statements;

SELECT name, statement FROM pg_prepared_statements WHERE statement ILIKE '%email%';
