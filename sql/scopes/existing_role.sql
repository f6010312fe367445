-- Scopes with `role:`: the scope role becomes a member of an existing role of the cluster, and its leases inherit what that may do. From 16
-- on they cannot become it (SET FALSE); on 15 they can, by SET ROLE where the proxy does not see it.

-- Why a role is never handed out: what it, or a role that it is a member of, may do beyond an application's objects. The ledger asks the
-- same when it makes a lease (issuer.role_powers).
CREATE OR REPLACE FUNCTION iss.role_powers(existing name) RETURNS TABLE (role_name name, reason text)
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

-- Makes the scope role a member of its existing role, or takes the membership back when that must not be handed out any more. What the
-- admin may not do is passed over here, and found afterwards.
CREATE OR REPLACE FUNCTION iss.existing_role_join(p_role name, p_definition jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  existing CONSTANT name := p_definition ->> 'role';
  has_options CONSTANT boolean := current_setting('server_version_num')::integer >= 160000;
BEGIN
  IF to_regrole(quote_ident(existing)) IS NULL THEN RETURN; END IF;
  IF EXISTS (SELECT FROM iss.role_powers(existing)) THEN
    IF iss.existing_role_is_joined(p_role, existing, false) THEN EXECUTE format('REVOKE %I FROM %I', existing, p_role); END IF;
  ELSIF NOT iss.existing_role_is_joined(p_role, existing, true) THEN
    EXECUTE format('GRANT %I TO %I%s', existing, p_role, CASE WHEN has_options THEN ' WITH INHERIT TRUE, SET FALSE' END);
  END IF;
EXCEPTION WHEN insufficient_privilege THEN
  NULL;
END
$$;

-- Whether the scope role is a member; `p_exactly` asks for just the options that it is to have (16 and newer).
CREATE OR REPLACE FUNCTION iss.existing_role_is_joined(p_role name, p_existing name, p_exactly boolean) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT EXISTS (
    SELECT FROM pg_auth_members m
    WHERE m.roleid = to_regrole(quote_ident(p_existing))::oid AND m.member = to_regrole(quote_ident(p_role))::oid
      AND NOT (p_exactly AND (m.admin_option OR coalesce(NOT (to_jsonb(m) ->> 'inherit_option')::boolean, false)
                              OR coalesce((to_jsonb(m) ->> 'set_option')::boolean, false))))
$$;

CREATE OR REPLACE FUNCTION iss.findings_existing_role(p_role name, p_definition jsonb)
RETURNS TABLE (kind text, object text, severity text, reason text, cure text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  existing CONSTANT name := p_definition ->> 'role';
  unmasked CONSTANT boolean := coalesce((p_definition ->> 'unmasked')::boolean, false);
  best_effort CONSTANT boolean := coalesce(p_definition ->> 'enforcement', 'strict') = 'best-effort';
  has_options CONSTANT boolean := current_setting('server_version_num')::integer >= 160000;
  raw text;
BEGIN
  IF existing IS NULL THEN RETURN; END IF;
  IF to_regrole(quote_ident(existing)) IS NULL THEN
    RETURN QUERY SELECT 'existing_role', existing::text, 'refuse', format('there is no role %s in this cluster', existing),
      '-- correct `role:` of the scope in the policy file';
    RETURN;
  END IF;
  RETURN QUERY SELECT 'existing_role', p.role_name::text, 'refuse', string_agg(format('the role %s %s', p.role_name, p.reason), '; ')
      || CASE WHEN p.role_name = existing THEN ': it is never handed out' ELSE format(', and %s is a member of it: it is never handed out', existing) END,
    '-- take that from it, or name another role, or name the objects under `privileges:`'
  FROM iss.role_powers(existing) p GROUP BY p.role_name;
  IF FOUND THEN RETURN; END IF;

  IF NOT iss.existing_role_is_joined(p_role, existing, true) THEN
    RETURN QUERY SELECT 'existing_role_grant', existing::text, 'refuse',
      format('the issuer could not make the scope a member of %s: %s', existing, CASE WHEN has_options
        THEN format('%s has no ADMIN OPTION on it', current_user) ELSE format('%s has no CREATEROLE', current_user) END),
      CASE WHEN has_options THEN format('GRANT %I TO %I WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;', existing, current_user)
        ELSE format('ALTER ROLE %I CREATEROLE;', current_user) END;
  END IF;
  RETURN QUERY
  WITH RECURSIVE reached AS (
    SELECT r.oid FROM pg_roles r WHERE r.rolname = existing
    UNION
    SELECT m.roleid FROM reached JOIN pg_auth_members m ON m.member = reached.oid
  )
  -- It could set the role's password then, and settings of its logins.
  SELECT 'existing_role_login', r.rolname::text, 'refuse',
         format('%s may log in, and before 16 whoever is a member can become it (SET ROLE in a DO block), set its password, and come back past the issuer', r.rolname),
         format('-- give its privileges to a NOLOGIN role, and hand out that; or: ALTER ROLE %I NOLOGIN;', r.rolname)
  FROM reached JOIN pg_roles r ON r.oid = reached.oid WHERE r.rolcanlogin AND NOT has_options
  UNION ALL
  SELECT 'existing_role_owns', pg_get_userbyid(reached.oid)::text, 'warn',
         format('it owns %s objects in this database: leases may alter them, drop them and pass on rights to them', count(*)),
         '-- hand out a role that owns nothing'
  FROM reached JOIN pg_shdepend d ON d.refclassid = 'pg_authid'::regclass AND d.refobjid = reached.oid AND d.deptype = 'o'
    JOIN pg_database b ON b.oid = d.dbid AND b.datname = current_database()
  GROUP BY reached.oid;

  IF unmasked THEN RETURN; END IF;
  SELECT string_agg(x.name, ', ' ORDER BY x.name) INTO raw FROM (
    SELECT iss.relation_name(c.relid) || ' (' || string_agg(quote_ident(c.attname), ', ' ORDER BY c.attnum) || ')' AS name
    FROM iss.masked_column c
    -- Before the scope is a member of it, and after.
    WHERE c.state <> 'free' AND (has_column_privilege(existing, c.relid, c.attnum, 'SELECT') OR has_column_privilege(p_role, c.relid, c.attnum, 'SELECT'))
    GROUP BY c.relid) x;
  IF best_effort THEN
    RETURN QUERY SELECT 'best_effort', existing::text, 'warn',
      'enforcement: best-effort: masks are made on the wire alone, and functions and dynamic SQL get past them; leases hold raw '
        || coalesce(raw, 'nothing that is masked: leave `enforcement` out'),
      '-- name the objects under `privileges:` in place of `role:`, and PostgreSQL itself masks';
  ELSIF raw IS NOT NULL THEN
    RETURN QUERY SELECT 'existing_role_reads', existing::text, 'refuse',
      format('%s may read masked columns, so PostgreSQL would not mask them: %s', existing, raw),
      '-- name the objects under `privileges:` in place of `role:`; or write `enforcement: best-effort`, which masks on the wire alone (docs/masking.md)';
  END IF;
END
$$;
