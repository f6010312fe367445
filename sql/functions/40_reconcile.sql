-- Roles against ledger, both ways. Roles without our mark are never looked at, let alone touched.

-- One snapshot of both sides. Issuing and dropping change role and ledger in one transaction, so what differs here was done by
-- somebody else: a restored backup, a DBA's ALTER ROLE. Empty while an issuer that fell silent may still have a backend at work.
CREATE OR REPLACE FUNCTION issuer.reconcile_scan()
RETURNS TABLE (problem text, lease_id uuid, role_name text, role_oid oid, digest text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
  IF EXISTS (
    SELECT FROM issuer.instance i WHERE i.heartbeat_at < clock_timestamp() - interval '1 min'
      AND EXISTS (SELECT FROM pg_locks k WHERE k.locktype = 'advisory' AND k.mode = 'ShareLock' AND k.objsubid = 1
        AND ((k.classid::bigint << 32) | k.objid::bigint) = issuer.instance_key(i.id))
  ) THEN
    RETURN;
  END IF;
  RETURN QUERY
  WITH marked AS (
    SELECT r.oid, r.rolname::text AS name, r.rolcanlogin, r.rolvaliduntil, m[1]::uuid AS lease_id, m[2] AS digest
    FROM pg_shdescription d
    JOIN pg_roles r ON r.oid = d.objoid
    CROSS JOIN regexp_matches(d.description,
      '^issuer lease ([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}) ([0-9a-f]{16,128})$') AS m
    WHERE d.classoid = 'pg_authid'::regclass
  )
  SELECT 'orphan', m.lease_id, m.name, m.oid, m.digest
  FROM marked m LEFT JOIN issuer.lease l ON l.id = m.lease_id AND l.role_oid = m.oid AND l.state <> 'dropped'
  WHERE l.id IS NULL
  UNION ALL
  SELECT 'missing', l.id, l.role_name, l.role_oid, NULL
  FROM issuer.lease l WHERE l.state <> 'dropped' AND NOT EXISTS (SELECT FROM issuer.lease_role r WHERE r.lease_id = l.id)
  UNION ALL
  SELECT 'renamed', l.id, r.role_name::text, r.role_oid, NULL
  FROM issuer.lease_role r JOIN issuer.lease l ON l.id = r.lease_id WHERE r.role_name <> l.role_name
  UNION ALL
  SELECT 'login', r.lease_id, r.role_name::text, r.role_oid, NULL
  FROM issuer.lease_role r WHERE r.state = 'disabled' AND r.rolcanlogin
  UNION ALL
  SELECT 'undated', r.lease_id, r.role_name::text, r.role_oid, NULL
  FROM issuer.lease_role r
  WHERE r.state = 'active' AND (r.rolvaliduntil IS NULL OR r.rolvaliduntil > r.deadline + interval '1 ms')
  UNION ALL
  SELECT DISTINCT 'scope_owns', NULL::uuid, s.role_name, s.role_oid, s.hash
  FROM issuer.scope s
  JOIN pg_shdepend d ON d.refclassid = 'pg_authid'::regclass AND d.refobjid = s.role_oid AND d.deptype = 'o'
  WHERE s.state <> 'dropped';
END
$$;

-- Takes a role that bears a valid mark (the caller checked its digest) but has no live lease into the ledger, as disabled: its end is
-- then like every other's.
CREATE OR REPLACE FUNCTION issuer.adopt(role_name text, role_oid oid, lease_id uuid, digest text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  maker text;
BEGIN
  PERFORM FROM pg_roles WHERE oid = adopt.role_oid AND rolname = adopt.role_name
    AND shobj_description(oid, 'pg_authid') = 'issuer lease ' || adopt.lease_id || ' ' || adopt.digest;
  IF NOT FOUND THEN
    RAISE EXCEPTION USING ERRCODE = 'IS404', MESSAGE = 'no role of this name, OID and mark';
  END IF;
  -- 16 and newer: whoever made it holds ADMIN on it.
  SELECT u.rolname INTO maker FROM pg_auth_members m
  JOIN pg_roles u ON u.oid = m.member JOIN issuer.creator c ON c.name = u.rolname
  WHERE m.roleid = adopt.role_oid AND m.admin_option LIMIT 1;

  INSERT INTO issuer.lease AS l (id, person, scope, database, role_name, role_oid, creator, delivery, derivation_key, iterations,
    keep_objects, state, lifetime_seconds, issued_at, deadline, ceiling, disabled_at, end_reason, ended_by)
  VALUES (adopt.lease_id, '', '', '', adopt.role_name, adopt.role_oid, maker, 'proxy', '', 1, true, 'disabled', 1, clock_timestamp(),
    clock_timestamp(), clock_timestamp(), clock_timestamp(), 'a role of ours without a lease', 'reconcile')
  ON CONFLICT (id) DO UPDATE SET state = 'disabled', role_name = excluded.role_name, role_oid = excluded.role_oid,
    creator = excluded.creator, disabled_at = clock_timestamp(), dropped_at = NULL
  WHERE l.state = 'dropped';
  IF maker IS NOT NULL THEN
    UPDATE issuer.creator SET live = live + 1 WHERE name = maker;
  END IF;
  PERFORM issuer.run_as(maker, format('ALTER ROLE %I NOLOGIN VALID UNTIL ''1970-01-01 00:00:00+00''', adopt.role_name));
  INSERT INTO issuer.lease_event (lease_id, kind, who, detail)
  VALUES (adopt.lease_id, 'adopted', 'reconcile', jsonb_build_object('role', adopt.role_name));
END
$$;

-- Closes a live lease whose role is gone.
CREATE OR REPLACE FUNCTION issuer.missing(lease_id uuid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
  PERFORM FROM issuer.lease WHERE id = missing.lease_id AND state <> 'dropped' FOR UPDATE;
  IF NOT FOUND OR EXISTS (SELECT FROM issuer.lease_role r WHERE r.lease_id = missing.lease_id) THEN
    RETURN;
  END IF;
  UPDATE issuer.lease SET end_reason = coalesce(end_reason, 'the role was gone'), ended_by = coalesce(ended_by, 'reconcile')
  WHERE id = missing.lease_id;
  PERFORM issuer.close_leases(ARRAY[missing.lease_id], 'missing', NULL);
  PERFORM issuer.tell_ended(ARRAY[missing.lease_id], 'the role was gone');
END
$$;

-- Sets a role again as the ledger says: login, deadline, name.
CREATE OR REPLACE FUNCTION issuer.repair(lease_id uuid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  held issuer.lease;
  role_now name;
BEGIN
  SELECT * INTO held FROM issuer.lease WHERE id = repair.lease_id AND state <> 'dropped' FOR UPDATE;
  SELECT role_name INTO role_now FROM issuer.lease_role r WHERE r.lease_id = repair.lease_id;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  PERFORM issuer.run_as(held.creator, CASE held.state
    WHEN 'disabled' THEN format('ALTER ROLE %I NOLOGIN VALID UNTIL ''1970-01-01 00:00:00+00''', role_now)
    ELSE format('ALTER ROLE %I VALID UNTIL %L', role_now, issuer.valid_until(held.deadline)) END);
  IF role_now <> held.role_name THEN
    -- The new name is taken over: renaming it back would throw away nothing, but its sessions' logs name the new one.
    UPDATE issuer.lease SET role_name = role_now WHERE id = held.id;
  END IF;
  INSERT INTO issuer.lease_event (lease_id, kind, who, detail)
  VALUES (held.id, 'repaired', 'reconcile', jsonb_build_object('role', role_now));
END
$$;
