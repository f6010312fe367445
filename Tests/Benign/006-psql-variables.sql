-- psql: what it asks at the start
SELECT pg_catalog.current_schemas(true) IS NOT NULL;

SHOW server_version_num;

SELECT current_database() <> '', session_user = current_user;
