-- Existing roles of the cluster that scopes hand out (sql/scopes/existing_role.sql).

-- The same as iss.role_powers of a governed database, text by text: asked once more when a lease is made.
CREATE OR REPLACE FUNCTION issuer.role_powers(existing name) RETURNS TABLE (role_name name, reason text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  WITH RECURSIVE reached AS (
    SELECT r.oid FROM pg_roles r WHERE r.rolname = $1
    UNION
    SELECT m.roleid FROM reached JOIN pg_auth_members m ON m.member = reached.oid
  )
  SELECT r.rolname, p.reason
  FROM reached JOIN pg_roles r ON r.oid = reached.oid, LATERAL (
    SELECT 'is a superuser' WHERE r.rolsuper
    UNION ALL SELECT 'is exempt from row-level security (BYPASSRLS)' WHERE r.rolbypassrls
    UNION ALL SELECT 'may replicate the cluster (REPLICATION)' WHERE r.rolreplication
    UNION ALL SELECT 'may create and alter roles (CREATEROLE)' WHERE r.rolcreaterole
    UNION ALL SELECT 'is a role of the issuer'
      WHERE r.rolname ~ '^(iss|jit)_' OR r.oid IN (SELECT n.nspowner FROM pg_namespace n WHERE n.nspname IN ('iss', 'issuer'))
    UNION ALL SELECT 'is predefined: it reaches beyond an application''s objects (files, programs, signals, all data, statistics)'
      WHERE r.rolname ~ '^pg_' AND r.rolname NOT IN ('pg_database_owner', 'pg_read_all_settings', 'pg_stat_scan_tables', 'pg_checkpoint')
    UNION ALL SELECT format('may hand on the role %s (ADMIN OPTION)', pg_get_userbyid(min(m.roleid)))
      FROM pg_auth_members m WHERE m.member = r.oid AND m.admin_option HAVING count(*) > 0
    UNION ALL SELECT 'may use the issuer''s own schema'
      FROM pg_namespace n WHERE n.nspname IN ('iss', 'issuer') AND has_schema_privilege(r.oid, n.oid, 'USAGE')
    UNION ALL SELECT 'may read or write files of the server: ' || min(f.oid::regprocedure::text)
      FROM pg_proc f
      WHERE f.pronamespace = 'pg_catalog'::regnamespace AND has_function_privilege(r.oid, f.oid, 'EXECUTE')
        AND f.proname IN ('pg_read_file', 'pg_read_binary_file', 'pg_ls_dir', 'pg_stat_file', 'lo_import', 'lo_export')
      HAVING count(*) > 0
  ) AS p(reason)
$$;
