-- pgAdmin: sessions and settings
SELECT count(*) >= 0 FROM pg_catalog.pg_stat_activity WHERE datname = current_database();

SELECT db.oid > 0 AS did, has_database_privilege(db.oid, 'CONNECT') AS canconnect FROM pg_catalog.pg_database db WHERE db.datname = current_database();

SET DateStyle = ISO; SET client_min_messages = notice; SELECT set_config('bytea_output', 'hex', false) FROM pg_settings WHERE name = 'bytea_output'; SET client_encoding = 'utf-8';
