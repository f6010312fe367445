-- What a proxy needs of the ledger.

-- One row if the role's lease is good at this moment, else none.
DROP FUNCTION IF EXISTS issuer.lease_for_login(text);
CREATE FUNCTION issuer.lease_for_login(role text)
RETURNS TABLE (lease_id uuid, request_id uuid, person text, scope text, scope_hash text, database text, role_name text, role_oid oid,
  delivery text, derivation_key text, iterations int, reason text, ticket text, remaining_milliseconds bigint, enforcement text)
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  SELECT l.id, l.request_id, l.person, l.scope, l.scope_hash, l.database, l.role_name, l.role_oid, l.delivery::text, l.derivation_key,
    l.iterations, r.reason, r.ticket, issuer.milliseconds_until(l.deadline),
    issuer.enforcement(l.scope_hash)
  FROM issuer.lease l JOIN issuer.request r ON r.id = l.request_id
  WHERE l.role_name = $1 AND l.state = 'active' AND l.deadline > clock_timestamp()
$$;

-- Records a session of a good lease. The lease's row is locked, so that it is either seen by whoever ends the lease, or refused.
-- Nobody waits for the disk: a crash of the server ends the sessions as well as the last of their rows.
CREATE OR REPLACE FUNCTION issuer.session_open(id uuid, lease_id uuid, proxy text, client_address text) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  until timestamptz;
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  SELECT deadline INTO until FROM issuer.lease l
  WHERE l.id = session_open.lease_id AND l.state = 'active' AND l.deadline > clock_timestamp() FOR SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION USING ERRCODE = 'IS410', MESSAGE = 'the lease is over', HINT = 'ask for a new one';
  END IF;
  INSERT INTO issuer.session (id, lease_id, proxy, client_address)
  VALUES (session_open.id, session_open.lease_id, session_open.proxy, session_open.client_address);
  RETURN issuer.milliseconds_until(until);
END
$$;

CREATE OR REPLACE FUNCTION issuer.session_end(id uuid, why text) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  SELECT set_config('synchronous_commit', 'off', true);
  UPDATE issuer.session s SET ended_at = clock_timestamp(), end_reason = $2 WHERE s.id = $1 AND s.ended_at IS NULL
$$;

-- Tells the proxies to cut one session; its proxy then ends it here.
CREATE OR REPLACE FUNCTION issuer.session_kill(id uuid, who text, reason text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
  UPDATE issuer.session s SET killed_by = session_kill.who WHERE s.id = session_kill.id AND s.ended_at IS NULL;
  IF NOT FOUND THEN
    RAISE EXCEPTION USING ERRCODE = 'IS404', MESSAGE = 'no such open session';
  END IF;
  PERFORM issuer.tell(jsonb_build_object('kind', 'session_killed', 'session', session_kill.id, 'reason', left(session_kill.reason, 500)));
END
$$;

-- A proxy came back, or went: its sessions are those in `keep`.
CREATE OR REPLACE FUNCTION issuer.sessions_lost(proxy text, keep uuid[]) RETURNS int
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  ended int;
BEGIN
  UPDATE issuer.session s SET ended_at = clock_timestamp(), end_reason = 'the proxy went'
  WHERE s.proxy = sessions_lost.proxy AND s.ended_at IS NULL AND s.id <> ALL (coalesce(sessions_lost.keep, '{}'));
  GET DIAGNOSTICS ended = ROW_COUNT;
  RETURN ended;
END
$$;
