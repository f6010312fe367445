-- In a governed database, as a superuser, if it is wanted: migrations need not know of masked views (sql/shadows/migrate.sql).
-- Idempotent; `DROP SCHEMA iss_ddl CASCADE` takes it away.
--
-- The trigger's function is a superuser's and runs with the rights of whoever's statement it is; what it calls is the issuer's. So
-- it calls it only in sessions of roles that the issuer's admin is a member of anyway, or of leases: never in a superuser's. A
-- superuser's migration calls iss.shadow_drop() and iss.shadow_rebuild(), or runs as the tables' owner.
DO $do$
DECLARE
  admin constant name := coalesce(nullif(current_setting('issuer.admin', true), ''), 'issuer_admin');
BEGIN
  CREATE SCHEMA IF NOT EXISTS iss_ddl;
  REVOKE ALL ON SCHEMA iss_ddl FROM PUBLIC;
  GRANT USAGE ON SCHEMA iss_ddl TO PUBLIC;

  CREATE OR REPLACE FUNCTION iss_ddl.migration_start(p_tag text, p_text text) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
    -- The issuer may be gone from this database.
    'BEGIN IF to_regprocedure(''iss.migration_start(text,text)'') IS NOT NULL THEN PERFORM iss.migration_start(p_tag, p_text); END IF; END';
  EXECUTE format('ALTER FUNCTION iss_ddl.migration_start(text, text) OWNER TO %I', admin);

  EXECUTE format($f$
    CREATE OR REPLACE FUNCTION iss_ddl.before() RETURNS event_trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
    BEGIN
      -- Our own statements, which what is called below runs.
      IF current_user = %1$L THEN RETURN; END IF;
      IF EXISTS (
        SELECT FROM pg_roles r
        WHERE r.rolname IN (current_user, session_user)
          AND (r.rolsuper OR NOT (pg_has_role(%1$L, r.oid, 'MEMBER')
                                  OR coalesce(shobj_description(r.oid, 'pg_authid'), '') LIKE 'issuer lease %%')))
      THEN RETURN; END IF;
      -- Statements that commit midway would commit the drop alone, and no view stands in their way. Temporary objects are not ours.
      IF current_query() ~* '\m(concurrently|temp|temporary)\M' THEN RETURN; END IF;
      PERFORM iss_ddl.migration_start(tg_tag, current_query());
    EXCEPTION
      WHEN deadlock_detected OR lock_not_available THEN RAISE;
      -- Never the migration's failure; PostgreSQL refuses the statement then, if a view stands in its way.
      WHEN OTHERS THEN RAISE WARNING 'masked views could not be taken away: %%', SQLERRM;
    END
    $$ $f$, admin);

  IF NOT EXISTS (SELECT FROM pg_catalog.pg_event_trigger WHERE evtname = 'iss_ddl_before') THEN
    CREATE EVENT TRIGGER iss_ddl_before ON ddl_command_start
      WHEN TAG IN ('ALTER TABLE', 'ALTER FOREIGN TABLE', 'ALTER TYPE', 'ALTER DOMAIN', 'ALTER VIEW', 'ALTER MATERIALIZED VIEW',
        'CREATE TABLE', 'CREATE VIEW', 'DROP TABLE', 'DROP FOREIGN TABLE', 'DROP VIEW', 'DROP MATERIALIZED VIEW', 'DROP TYPE',
        'DROP DOMAIN', 'DROP FUNCTION', 'DROP PROCEDURE', 'DROP ROUTINE', 'DROP AGGREGATE', 'DROP OPERATOR', 'DROP SCHEMA')
      EXECUTE FUNCTION iss_ddl.before();
  END IF;
END
$do$;
