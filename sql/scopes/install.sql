-- Schema `iss` of one governed database, from nothing or from an older version, in one transaction:
--   psql -1 -v ON_ERROR_STOP=1 -U issuer_admin -d DATABASE -f sql/scopes/install.sql
-- The daemon runs the same files in this order.
\ir schema.sql
\ir ../shadows/masks.sql
\ir ../shadows/mask_json.sql
\ir ../shadows/labels.sql
\ir ../shadows/build.sql
\ir ../shadows/keys.sql
\ir ../shadows/views.sql
\ir ../shadows/verify.sql
\ir ../shadows/drop.sql
\ir ../shadows/lookup.sql
\ir ../shadows/locking.sql
\ir existing_role.sql
\ir desired.sql
\ir ../shadows/mask_owner.sql
\ir findings_roles.sql
\ir findings_rights.sql
\ir findings_tables.sql
\ir findings_structure.sql
\ir findings.sql
\ir compile.sql
\ir retire.sql
\ir ../shadows/rebuild.sql
\ir ../shadows/migrate.sql
\ir ../shadows/catalog.sql
\ir grants.sql
