-- Terminates every backend of these leases' roles: one step of it, for the caller to repeat every few milliseconds.
--
-- By OID: a role's name is looked up nowhere, and a session whose role is gone still bears its OID. A login that was half-way when
-- NOLOGIN was committed is in no pg_stat_activity yet (up to 17: no row; 18: a row without a user), only in pg_locks, and will go on
-- with the rights it looked up. So all backends without identity are noted once, after NOLOGIN, and waited for: each is gone or has
-- become somebody. Logins that start later read the committed NOLOGIN. Held on 15, 16 and 18 against post_auth_delay.
CREATE OR REPLACE FUNCTION issuer.evict(lease_ids uuid[], noted int[])
RETURNS TABLE (sessions int, pending int[], done boolean)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  roles oid[];
  nameless int[];
  seen int;
BEGIN
  IF EXISTS (SELECT FROM issuer.lease WHERE id = ANY (evict.lease_ids) AND state = 'active') THEN
    RAISE EXCEPTION USING ERRCODE = '55006', MESSAGE = 'an active lease cannot be evicted', HINT = 'disable it first';
  END IF;
  SELECT array_agg(role_oid) INTO roles FROM issuer.lease WHERE id = ANY (evict.lease_ids);

  -- First who has no identity, then who has one of ours: whoever changes over in between is seen by the second look.
  PERFORM pg_stat_clear_snapshot();
  SELECT coalesce(array_agg(DISTINCT k.pid), '{}') INTO nameless
  FROM pg_locks k
  LEFT JOIN pg_stat_activity a ON a.pid = k.pid
  WHERE k.locktype = 'virtualxid' AND k.pid IS NOT NULL AND k.pid <> pg_backend_pid()
    AND (evict.noted IS NULL OR k.pid = ANY (evict.noted))
    AND (a.pid IS NULL OR a.usesysid IS NULL AND coalesce(a.backend_type, 'client backend') = 'client backend');

  PERFORM pg_stat_clear_snapshot();
  -- Where a managed service keeps pg_signal_backend to itself, whoever is a member of a role may end its sessions.
  IF NOT pg_has_role(session_user, 'pg_signal_backend', 'USAGE') THEN
    PERFORM issuer.clean_begin(l.id) FROM issuer.lease l
    WHERE l.id = ANY (evict.lease_ids) AND NOT pg_has_role(session_user, l.role_oid, 'USAGE')
      AND EXISTS (SELECT FROM pg_stat_activity a WHERE a.usesysid = l.role_oid);
  END IF;
  SELECT count(pg_terminate_backend(pid)) INTO seen FROM pg_stat_activity WHERE usesysid = ANY (roles) AND pid <> pg_backend_pid();

  RETURN QUERY SELECT seen, nameless, seen = 0 AND cardinality(nameless) = 0;
END
$$;
