-- Members of a scope role that are leases: not its grantor, and not the creator that PostgreSQL 16 makes a member.
CREATE OR REPLACE FUNCTION iss.scope_members(p_role name) RETURNS SETOF name
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT DISTINCT r.rolname
  FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member
  WHERE m.roleid = to_regrole(quote_ident(p_role))::oid AND m.member <> 'iss_grantor'::regrole
    AND m.member <> (SELECT c.nspowner FROM pg_namespace c WHERE c.nspname = 'iss')
$$;

-- No new leases; the role goes when its last one has gone.
CREATE OR REPLACE FUNCTION iss.scope_retire(p_role name) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  SELECT iss.lock_database();
  UPDATE iss.scope SET state = 'retiring' WHERE role_name = p_role
$$;

-- Takes everything from a scope's role in this database and forgets the scope; the role itself is left to be dropped by whoever
-- made it (issuer.scope_drop).
CREATE OR REPLACE FUNCTION iss.scope_release(p_role name) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
BEGIN
  PERFORM iss.lock_database();
  PERFORM iss.scope_grant(p_role, NULL) WHERE to_regrole(quote_ident(p_role)) IS NOT NULL;
  PERFORM iss.mask_owner_apply();
  DELETE FROM iss.scope WHERE role_name = p_role;
END
$$;

-- Drops the roles of retiring scopes that no lease uses, and says which it dropped and which it kept.
CREATE OR REPLACE FUNCTION iss.scope_sweep() RETURNS TABLE (role_name name, scope_name text, dropped boolean, members name[])
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
  item record;
BEGIN
  PERFORM iss.lock_database();
  FOR item IN SELECT s.* FROM iss.scope s WHERE s.state = 'retiring' ORDER BY s.role_name LOOP
    role_name := item.role_name;
    scope_name := item.scope_name;
    members := array(SELECT iss.scope_members(item.role_name));
    dropped := members = '{}';
    IF dropped THEN
      PERFORM iss.scope_release(item.role_name);
      EXECUTE format('DROP ROLE IF EXISTS %I', item.role_name);
    END IF;
    RETURN NEXT;
  END LOOP;
END
$$;

-- One row for each scope role of this database, for people.
CREATE OR REPLACE FUNCTION iss.scope_status()
RETURNS TABLE (scope_name text, role_name name, state text, members bigint, refusals bigint, compiled_at timestamptz)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT s.scope_name, s.role_name, s.state, (SELECT count(*) FROM iss.scope_members(s.role_name)),
         (SELECT count(*) FROM jsonb_array_elements(s.findings) f
          WHERE f ->> 'severity' = 'refuse' AND f ->> 'trusted_because' IS NULL),
         s.compiled_at
  FROM iss.scope s ORDER BY 1, 2
$$;
