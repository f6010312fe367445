-- Scopes become NOLOGIN roles that hold the object privileges; a lease's role is merely a member.
--
-- States: compiling -> ready | refused -> retiring, then the role is dropped. Only `ready` scopes may be issued. The name has a
-- hash of what is granted, so a scope whose privileges change in policy gets a new role, and the old one retires with its leases.

CREATE OR REPLACE FUNCTION iss.scope_role(p_definition jsonb) RETURNS name
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT ('iss_scope_' || left(iss.digest((jsonb_build_array(
    current_database(), p_definition -> 'name', coalesce(p_definition -> 'unmasked', 'false'), p_definition -> 'privileges')
    || CASE WHEN p_definition ? 'role' THEN jsonb_build_array(p_definition -> 'role', p_definition -> 'enforcement') ELSE '[]' END)::text), 24))::name
$$;

CREATE OR REPLACE FUNCTION iss.scope_role_mark(p_definition jsonb) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT format('issuer scope %s in %s', p_definition ->> 'name', current_database())
$$;

-- The role, made if need be (the ledger may have made it: issuer.scope_begin). A role of that name without our mark is somebody
-- else's.
CREATE OR REPLACE FUNCTION iss.scope_role_ensure(p_role name, p_definition jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  mark CONSTANT text := iss.scope_role_mark(p_definition);
BEGIN
  IF to_regrole(quote_ident(p_role)) IS NULL THEN
    EXECUTE format('CREATE ROLE %I NOLOGIN', p_role);
    EXECUTE format('COMMENT ON ROLE %I IS %L', p_role, mark);
  ELSIF coalesce(shobj_description(to_regrole(quote_ident(p_role)), 'pg_authid'), '') NOT LIKE 'issuer scope %' THEN
    RAISE EXCEPTION 'the role % exists and is not the issuer''s', p_role USING ERRCODE = '42710',
      HINT = format('look who made it; then DROP ROLE %I, or rename the scope', p_role);
  END IF;
  -- The one grantor of memberships. It must not run with what it hands out.
  IF NOT EXISTS (SELECT FROM pg_auth_members m WHERE m.roleid = to_regrole(quote_ident(p_role))::oid
                   AND m.member = 'iss_grantor'::regrole AND m.admin_option) THEN
    EXECUTE format(
      CASE WHEN current_setting('server_version_num')::integer >= 160000
        THEN 'GRANT %I TO iss_grantor WITH ADMIN TRUE, INHERIT FALSE, SET FALSE'
        ELSE 'GRANT %I TO iss_grantor WITH ADMIN OPTION' END, p_role);
  END IF;
END
$$;

-- Grants of every scope role of this database again, after labels or objects changed: what is masked now is revoked everywhere in
-- the same transaction. Retiring scopes too, for as long as leases use them.
CREATE OR REPLACE FUNCTION iss.scopes_apply() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
  item record;
BEGIN
  PERFORM iss.lookup_build();
  FOR item IN SELECT s.role_name, s.definition FROM iss.scope s ORDER BY s.role_name LOOP
    PERFORM iss.scope_grant(item.role_name, item.definition) WHERE to_regrole(quote_ident(item.role_name)) IS NOT NULL;
  END LOOP;
  PERFORM iss.mask_owner_apply();
END
$$;

-- Looks at one scope again and sets its state: `ready`, or `refused` when a finding that nobody trusts stands in the way.
CREATE OR REPLACE FUNCTION iss.scope_check(p_role name) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
  v_definition jsonb;
  v_findings jsonb;
  refused boolean;
BEGIN
  SELECT s.definition INTO v_definition FROM iss.scope s WHERE s.role_name = p_role;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'there is no scope role %', p_role USING ERRCODE = '42704', HINT = 'compile the scope first';
  END IF;
  SELECT coalesce(jsonb_agg(to_jsonb(f) ORDER BY f.severity, f.kind, f.object), '[]'),
         coalesce(bool_or(f.severity = 'refuse' AND f.trusted_because IS NULL), false)
  INTO v_findings, refused FROM iss.scope_findings(p_role, v_definition) f;
  UPDATE iss.scope s SET findings = v_findings, compiled_at = now(),
    state = CASE WHEN s.state = 'retiring' THEN s.state WHEN refused THEN 'refused' ELSE 'ready' END
  WHERE s.role_name = p_role;
  RETURN (SELECT jsonb_build_object('scope', s.scope_name, 'role', s.role_name, 'database', current_database(),
                                    'state', s.state, 'findings', s.findings)
          FROM iss.scope s WHERE s.role_name = p_role);
END
$$;

-- Everything in one call and one transaction: labels, shadows, the role, its grants, the grants of all other scopes, the check.
-- Safe to repeat; NULL rules leave the masks as they are. The answer is what iss.scope_check says.
CREATE OR REPLACE FUNCTION iss.scope_compile(p_definition jsonb, p_rules jsonb DEFAULT NULL) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
  v_role CONSTANT name := iss.scope_role(p_definition);
BEGIN
  PERFORM iss.lock_database();
  IF p_definition ->> 'database' <> current_database() THEN
    RAISE EXCEPTION 'the scope % is on database %, this is %', p_definition ->> 'name', p_definition ->> 'database', current_database()
      USING ERRCODE = '22023', HINT = 'compile it over a connection to its own database';
  END IF;
  PERFORM iss.labels_load(p_rules);
  PERFORM iss.shadow_build();
  PERFORM iss.scope_role_ensure(v_role, p_definition);
  INSERT INTO iss.scope (role_name, scope_name, definition, state)
  VALUES (v_role, p_definition ->> 'name', p_definition, 'compiling')
  ON CONFLICT ON CONSTRAINT scope_pkey DO UPDATE SET definition = excluded.definition, state = 'compiling';
  PERFORM iss.scopes_apply();
  UPDATE iss.scope s SET state = 'retiring'
  WHERE s.scope_name = p_definition ->> 'name' AND s.role_name <> v_role;
  RETURN iss.scope_check(v_role);
END
$$;
