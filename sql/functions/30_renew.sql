-- The role of a lease, if it is still there: found by OID, and ours by name or by mark (a renamed role is still ended; a new role
-- that happens to have the OID of an old one is not touched).
CREATE OR REPLACE VIEW issuer.lease_role AS
SELECT l.id AS lease_id, l.creator, l.state, l.deadline, l.scope_hash, r.oid AS role_oid, r.rolname AS role_name, r.rolcanlogin,
  r.rolvaliduntil
FROM issuer.lease l
JOIN pg_catalog.pg_roles r ON r.oid = l.role_oid
WHERE l.state <> 'dropped' AND (r.rolname = l.role_name
  OR pg_catalog.shobj_description(r.oid, 'pg_authid') LIKE 'issuer lease ' || l.id || ' %');

-- Moves the deadline, of the role and in the ledger alike.
CREATE OR REPLACE FUNCTION issuer.renew(lease_id uuid, lifetime_seconds int, who text)
RETURNS TABLE (deadline timestamptz, remaining_milliseconds bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  held issuer.lease;
  wanted timestamptz;
  alter_role text;
BEGIN
  SELECT * INTO held FROM issuer.lease WHERE id = renew.lease_id FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION USING ERRCODE = 'IS404', MESSAGE = 'no such lease';
  ELSIF held.state <> 'active' OR held.deadline <= clock_timestamp() THEN
    RAISE EXCEPTION USING ERRCODE = 'IS410', MESSAGE = 'the lease is over', HINT = 'ask for a new one';
  ELSIF renew.lifetime_seconds <= 0 THEN
    RAISE EXCEPTION USING ERRCODE = 'IS422', MESSAGE = 'a lifetime is at least one second';
  END IF;
  wanted := clock_timestamp() + make_interval(secs => coalesce(renew.lifetime_seconds, held.lifetime_seconds));
  IF wanted > held.ceiling THEN
    IF renew.lifetime_seconds IS NOT NULL THEN
      RAISE EXCEPTION USING ERRCODE = 'IS422',
        MESSAGE = format('%s s from now is past the lease''s ceiling, %s', renew.lifetime_seconds, issuer.rfc3339(held.ceiling)),
        HINT = format('ask for %s s or less', issuer.milliseconds_until(held.ceiling) / 1000);
    END IF;
    wanted := held.ceiling;
  END IF;
  IF wanted > held.deadline THEN
    SELECT format('ALTER ROLE %I VALID UNTIL %L', role_name, issuer.valid_until(wanted)) INTO alter_role
    FROM issuer.lease_role WHERE lease_id = held.id;
    IF NOT FOUND THEN
      RAISE EXCEPTION USING ERRCODE = 'IS410', MESSAGE = 'the lease''s role is gone', HINT = 'ask for a new lease';
    END IF;
    PERFORM issuer.run_as(held.creator, alter_role);
    UPDATE issuer.lease SET deadline = wanted WHERE id = held.id;
    INSERT INTO issuer.lease_event (lease_id, kind, who, detail)
    VALUES (held.id, 'renewed', renew.who, jsonb_build_object('deadline', issuer.rfc3339(wanted)));
    PERFORM issuer.tell(jsonb_build_object('kind', 'deadline_moved', 'lease', held.id, 'deadline', issuer.rfc3339(wanted)));
  ELSE
    wanted := held.deadline;
  END IF;
  RETURN QUERY SELECT wanted, issuer.milliseconds_until(wanted);
END
$$;
