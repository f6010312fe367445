-- In database "issuer", after bootstrap/roles.sql, as who ran that. Idempotent.
DO $$
DECLARE
  admin constant name := coalesce(nullif(current_setting('issuer.admin', true), ''), 'issuer_admin');
BEGIN
  EXECUTE format('ALTER DATABASE %I OWNER TO %I', current_database(), admin);
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
END
$$;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
