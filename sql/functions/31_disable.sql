-- The end of a lease begins: which are due, and the step after which nobody logs in any more.

-- Takes leases whose end is due: active past the deadline, disabled and not yet dropped, or dropped by an issuer that did not come to
-- look for logins half-way; not those that wait for a retry, nor
-- those that another issuer claimed, unless none of its backends lives any more, nor those that this one claimed after `since` (a sweep
-- that works in several lanes begins then).
DROP FUNCTION IF EXISTS issuer.claim_due(uuid, int, int);
CREATE OR REPLACE FUNCTION issuer.claim_due(instance uuid, max int, hold_seconds int, since timestamptz DEFAULT clock_timestamp())
RETURNS TABLE (lease_id uuid, role_name text, role_oid oid, creator text, state text, database text)
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  WITH dead AS MATERIALIZED (
    SELECT i.id FROM issuer.instance i
    WHERE i.id <> claim_due.instance AND NOT EXISTS (
      SELECT FROM pg_locks k WHERE k.locktype = 'advisory' AND k.mode = 'ShareLock' AND k.objsubid = 1
        AND ((k.classid::bigint << 32) | k.objid::bigint) = issuer.instance_key(i.id))
  ), due AS (
    SELECT * FROM (SELECT id, deadline AS since FROM issuer.lease
     WHERE state = 'active' AND deadline <= clock_timestamp()
       AND (claimed_until IS NULL OR claimed_until < clock_timestamp()
         OR claimed_by = claim_due.instance AND claimed_until < claim_due.since + make_interval(secs => claim_due.hold_seconds)
         OR claimed_by IN (SELECT id FROM dead))
     ORDER BY deadline LIMIT claim_due.max FOR UPDATE SKIP LOCKED) AS expired
    UNION ALL
    SELECT * FROM (SELECT l.id, l.disabled_at FROM issuer.lease l
     WHERE l.state = 'disabled'
       AND (l.claimed_until IS NULL OR l.claimed_until < clock_timestamp()
         OR l.claimed_by = claim_due.instance AND l.claimed_until < claim_due.since + make_interval(secs => claim_due.hold_seconds)
         OR l.claimed_by IN (SELECT id FROM dead))
       AND NOT EXISTS (SELECT FROM issuer.end_attempt a WHERE a.lease_id = l.id AND a.retry_at > clock_timestamp())
     ORDER BY l.disabled_at LIMIT claim_due.max FOR UPDATE SKIP LOCKED) AS ending
    UNION ALL
    SELECT * FROM (SELECT l.id, l.dropped_at FROM issuer.lease l
     WHERE l.state = 'dropped' AND l.claimed_by IS NOT NULL
       AND (l.claimed_until < clock_timestamp()
         OR l.claimed_by = claim_due.instance AND l.claimed_until < claim_due.since + make_interval(secs => claim_due.hold_seconds)
         OR l.claimed_by IN (SELECT id FROM dead))
     ORDER BY l.dropped_at LIMIT claim_due.max FOR UPDATE SKIP LOCKED) AS owed
  ), chosen AS (
    SELECT id FROM due ORDER BY since LIMIT claim_due.max
  )
  UPDATE issuer.lease l
  SET claimed_by = claim_due.instance, claimed_until = clock_timestamp() + make_interval(secs => claim_due.hold_seconds)
  FROM chosen WHERE l.id = chosen.id
  RETURNING l.id, l.role_name, l.role_oid, l.creator, l.state::text, l.database
$$;

-- One transaction: the roles can no longer log in, the ledger says so, proxies are told. Returns the leases that this call disabled.
CREATE OR REPLACE FUNCTION issuer.disable(lease_ids uuid[], reason text, who text) RETURNS SETOF uuid
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  mine uuid[];
BEGIN
  -- In one order, so that two issuers that end the same leases wait for each other instead of blocking each other.
  SELECT array_agg(id) INTO mine FROM (
    SELECT id FROM issuer.lease WHERE id = ANY (disable.lease_ids) AND state = 'active' ORDER BY id FOR UPDATE) AS locked;
  IF mine IS NULL THEN
    RETURN;
  END IF;

  -- From here on nothing that the role left behind (definer functions, views) runs with its scope's rights, and nobody whom it made
  -- a member of itself (15 and older allow that) is one any longer.
  PERFORM issuer.leave_scope(mine);

  PERFORM issuer.run_as(batch.creator, batch.statements) FROM (
    SELECT r.creator, string_agg(format('ALTER ROLE %I NOLOGIN VALID UNTIL ''1970-01-01 00:00:00+00''', r.role_name), ';'
      ORDER BY r.role_oid) AS statements
    FROM issuer.lease_role r WHERE r.lease_id = ANY (mine) GROUP BY r.creator ORDER BY r.creator) AS batch;

  UPDATE issuer.lease SET state = 'disabled', disabled_at = clock_timestamp(), end_reason = disable.reason, ended_by = disable.who
  WHERE id = ANY (mine);
  INSERT INTO issuer.lease_event (lease_id, kind, who, detail)
  SELECT id, 'disabled', disable.who, jsonb_build_object('reason', disable.reason) FROM unnest(mine) AS id;
  PERFORM issuer.tell_ended(mine, disable.reason);
  RETURN QUERY SELECT unnest(mine);
END
$$;

-- Proxies are told which leases ended; a payload has room for a hundred and a reason.
CREATE OR REPLACE FUNCTION issuer.tell_ended(lease_ids uuid[], reason text) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  SELECT issuer.tell(jsonb_build_object('kind', 'lease_ended', 'leases', jsonb_agg(id), 'reason', left($2, 500)))
  FROM unnest($1) WITH ORDINALITY AS ended (id, n) GROUP BY (n - 1) / 100
$$;

-- The short way of most leases: past the deadline, nobody is logged in, nothing is left behind. Their roles are dropped at once, in one
-- transaction with the ledger's entry, which bars new logins as well as NOLOGIN does; ALTER ROLE would double the cost, and from 16 on more
-- than that. A login that is half-way gets by neither: it finds no role, or a role without memberships, and is ended by `evict`, which the
-- caller owes the leases returned as after `disable`, and then `drop`, which takes note. Until then they bear a claim, so that whoever
-- comes after a crash pays what is owed. All others that are due are left for claim_due.
CREATE OR REPLACE FUNCTION issuer.drop_due(instance uuid, max int, hold_seconds int, reason text, who text) RETURNS SETOF uuid
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  due uuid[];
  chunk record;
  gone uuid[] := '{}';
BEGIN
  -- Who may end sessions only as a member of their role must do so before it is dropped.
  IF NOT pg_has_role(session_user, 'pg_signal_backend', 'USAGE') THEN
    RETURN;
  END IF;
  SELECT array_agg(id) INTO due FROM (
    SELECT id FROM issuer.lease
    WHERE state = 'active' AND deadline <= clock_timestamp() AND (claimed_until IS NULL OR claimed_until < clock_timestamp())
    ORDER BY deadline LIMIT drop_due.max FOR UPDATE SKIP LOCKED) AS locked;
  IF due IS NULL THEN
    RETURN;
  END IF;

  PERFORM set_config('lock_timeout', '200ms', true);
  FOR chunk IN
    SELECT r.creator, array_agg(r.lease_id ORDER BY r.role_oid) AS ids FROM issuer.lease_role r
    WHERE r.lease_id = ANY (due)
      AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.usesysid = r.role_oid)
      AND NOT EXISTS (SELECT FROM pg_locks k
        WHERE k.locktype = 'object' AND k.classid = 'pg_authid'::regclass AND k.objid = r.role_oid)
      AND NOT EXISTS (SELECT FROM pg_shdepend d
        WHERE d.refclassid = 'pg_authid'::regclass AND d.refobjid = r.role_oid AND d.classid <> 'pg_auth_members'::regclass)
      AND NOT EXISTS (SELECT FROM pg_prepared_xacts x WHERE x.owner = r.role_name)
    GROUP BY r.creator
  LOOP
    gone := gone || ARRAY(SELECT lease_id FROM issuer.drop_chunk(chunk.creator, chunk.ids) WHERE dropped);
  END LOOP;
  IF gone = '{}' THEN
    RETURN;
  END IF;

  INSERT INTO issuer.lease_event (lease_id, kind, who, detail)
  SELECT id, 'disabled', drop_due.who, jsonb_build_object('reason', drop_due.reason) FROM unnest(gone) AS id;
  PERFORM issuer.close_leases(gone, 'dropped', NULL, drop_due.reason, drop_due.who, drop_due.instance,
    clock_timestamp() + make_interval(secs => drop_due.hold_seconds));
  PERFORM issuer.tell_ended(gone, drop_due.reason);
  RETURN QUERY SELECT unnest(gone);
END
$$;

-- Those of these leases' roles that own something, or have members, leave their scope and lose the members.
CREATE OR REPLACE FUNCTION issuer.leave_scope(lease_ids uuid[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  has_creators constant boolean := current_setting('server_version_num')::int >= 160000;
  statements text;
BEGIN
  SELECT string_agg(format('REVOKE %I FROM %I', g.rolname, r.role_name), ';') INTO statements
  FROM issuer.lease_role r
  JOIN pg_auth_members m ON m.member = r.role_oid
  JOIN pg_roles g ON g.oid = m.roleid
  WHERE r.lease_id = ANY (leave_scope.lease_ids)
    AND EXISTS (SELECT FROM pg_shdepend d WHERE d.refclassid = 'pg_authid'::regclass AND d.refobjid = r.role_oid AND d.deptype = 'o')
    AND g.rolname NOT IN ('iss_via_proxy', 'iss_direct')
    AND (NOT has_creators OR m.grantor = 'iss_grantor'::regrole);
  IF statements IS NOT NULL THEN
    PERFORM issuer.run_as(CASE WHEN has_creators THEN 'iss_grantor' END, statements);
  END IF;
  -- 16 and newer: only the creator and (in `clean`) the admin are ever members.
  IF NOT has_creators THEN
    SELECT string_agg(format('REVOKE %I FROM %I', r.role_name, u.rolname), ';') INTO statements
    FROM issuer.lease_role r
    JOIN pg_auth_members m ON m.roleid = r.role_oid
    JOIN pg_roles u ON u.oid = m.member
    WHERE r.lease_id = ANY (leave_scope.lease_ids);
    IF statements IS NOT NULL THEN
      EXECUTE statements;
    END IF;
  END IF;
END
$$;
