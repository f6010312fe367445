-- Flyway and Liquibase: what they ask before they migrate
SELECT COUNT(*) FROM pg_namespace WHERE nspname = 'public';

SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND c.relname = 'flyway_schema_history');

SELECT current_schema();

SELECT pg_try_advisory_lock(77431708279161);

SELECT pg_advisory_unlock(77431708279161);

SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_name IN ('users', 'orders') ORDER BY 1;
