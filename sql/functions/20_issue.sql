-- Asking and issuing: ledger row and role in one transaction, one round trip.

-- Makes the lease of a request that the caller has just written, or holds the row of.
DROP FUNCTION IF EXISTS issuer.make_lease(issuer.request, uuid, text, text, int, text, text);
CREATE OR REPLACE FUNCTION issuer.make_lease(
  request_id uuid, person text, scope text, database text, delivery issuer.delivery, lifetime_seconds int, ceiling_seconds int,
  settings jsonb, connection_limit int, keep_objects boolean, set_role text,
  lease_id uuid, role_name text, verifier text, iterations int, derivation_key text, mark text, issued timestamptz
) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  has_creators constant boolean := current_setting('server_version_num')::int >= 160000;
  delivery_role constant text := CASE make_lease.delivery WHEN 'proxy' THEN 'iss_via_proxy' ELSE 'iss_direct' END;
  deadline constant timestamptz := make_lease.issued + make_interval(secs => make_lease.lifetime_seconds);
  scope_role text;
  scope_hash text;
  existing text;
  power text;
  chosen text;
  memberships text;
  statements text;
BEGIN
  IF make_lease.lease_id IS NULL OR make_lease.role_name IS NULL OR make_lease.derivation_key IS NULL OR make_lease.mark IS NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'IS422', MESSAGE = 'a lease needs an id, a role name, a derivation key and a mark';
  END IF;
  -- Never a password: PostgreSQL would hash it, but the statement would hold it.
  IF make_lease.verifier IS NULL OR make_lease.verifier NOT LIKE 'SCRAM-SHA-256$%:%$%:%' OR length(make_lease.verifier) < 100 THEN
    RAISE EXCEPTION USING ERRCODE = 'IS422', MESSAGE = 'the verifier is not a SCRAM-SHA-256 verifier';
  ELSIF NOT starts_with(make_lease.role_name, 'jit_') OR octet_length(make_lease.role_name) > 63
      OR length(make_lease.mark) NOT BETWEEN 16 AND 128 OR translate(make_lease.mark, '0123456789abcdef', '') <> '' THEN
    RAISE EXCEPTION USING ERRCODE = 'IS422', MESSAGE = 'a lease''s role is named jit_... in at most 63 bytes, and its mark is hex';
  END IF;

  -- Until this is committed the scope neither retires nor fails: whoever lets it takes this lock alone. No row lock, which would write
  -- the scope's row for each lease and pile up the callers on it.
  IF NOT pg_try_advisory_xact_lock_shared(issuer.scope_key(make_lease.database)) THEN
    PERFORM pg_advisory_xact_lock_shared(issuer.scope_key(make_lease.database));
  END IF;
  SELECT s.role_name, s.hash, s.definition ->> 'role' INTO scope_role, scope_hash, existing FROM issuer.scope s
  WHERE s.database = make_lease.database AND s.name = make_lease.scope AND s.state = 'ready';
  IF NOT FOUND THEN
    RAISE EXCEPTION USING ERRCODE = 'IS503',
      MESSAGE = format('scope %s is not ready in database %s', make_lease.scope, make_lease.database),
      HINT = 'it is being compiled, or its compilation found something in the way: issuerctl status tells';
  END IF;

  -- What compiling looked at may have changed since; the next sweep would end the lease.
  IF existing IS NOT NULL THEN
    SELECT format('%s %s', p.role_name, p.reason) INTO power FROM issuer.role_powers(existing) p LIMIT 1;
    IF FOUND THEN
      RAISE EXCEPTION USING ERRCODE = 'IS503',
        MESSAGE = format('the role %s of scope %s is handed out no more: %s', existing, make_lease.scope, power),
        HINT = 'an operator takes that from the role, or changes the scope: issuerctl policy check --live';
    END IF;
  END IF;

  IF has_creators THEN
    -- One with few live leases that nobody uses at this instant; when all are in use, any. By fifties, so that leases that end
    -- together have the same creator and are dropped by one statement.
    SELECT name INTO chosen FROM issuer.creator ORDER BY live / 50, name LIMIT 1 FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
      SELECT name INTO chosen FROM issuer.creator ORDER BY random() LIMIT 1;
    END IF;
    UPDATE issuer.creator SET live = live + 1 WHERE name = chosen;
    memberships := format('GRANT %I, %I TO %I WITH INHERIT TRUE, SET FALSE', scope_role, delivery_role, make_lease.role_name)
      || coalesce(';GRANT ' || quote_ident(make_lease.set_role) || ' TO ' || quote_ident(make_lease.role_name)
        || ' WITH INHERIT TRUE, SET TRUE', '');
  ELSE
    -- IN ROLE makes the admin the grantor: up to 15 nothing hangs on who that is, and it saves a statement.
    memberships := ' IN ROLE ' || quote_ident(scope_role) || ', ' || delivery_role
      || coalesce(', ' || quote_ident(make_lease.set_role), '');
  END IF;
  statements := format('CREATE ROLE %I LOGIN PASSWORD %L VALID UNTIL %L CONNECTION LIMIT %s%s;COMMENT ON ROLE %1$I IS %6$L',
    make_lease.role_name, make_lease.verifier, issuer.valid_until(deadline), make_lease.connection_limit,
    CASE WHEN NOT has_creators THEN memberships END, 'issuer lease ' || make_lease.lease_id || ' ' || make_lease.mark);
  IF make_lease.settings <> '{}' THEN
    statements := statements || (SELECT string_agg(format(';ALTER ROLE %I SET %I = %L', make_lease.role_name, key, value), '')
      FROM jsonb_each_text(make_lease.settings));
  END IF;
  IF make_lease.set_role IS NOT NULL THEN
    statements := statements || ';ALTER ROLE ' || quote_ident(make_lease.role_name) || ' SET role = ' || quote_literal(make_lease.set_role);
  END IF;
  IF has_creators THEN
    PERFORM issuer.run_as(chosen, statements);
    PERFORM issuer.run_as('iss_grantor', memberships);
  ELSE
    EXECUTE statements;
  END IF;

  INSERT INTO issuer.lease (id, request_id, person, scope, scope_hash, database, role_name, role_oid, creator, delivery,
    derivation_key, iterations, keep_objects, state, lifetime_seconds, issued_at, deadline, ceiling)
  VALUES (make_lease.lease_id, make_lease.request_id, make_lease.person, make_lease.scope, scope_hash, make_lease.database,
    make_lease.role_name, to_regrole(quote_ident(make_lease.role_name)), chosen, make_lease.delivery, make_lease.derivation_key,
    make_lease.iterations, make_lease.keep_objects, 'active', make_lease.lifetime_seconds, make_lease.issued, deadline,
    make_lease.issued + make_interval(secs => make_lease.ceiling_seconds));
END
$$;

-- VALID UNTIL's value, the same whatever DateStyle and TimeZone are.
-- (Nothing in it is looked up by search_path, so none is pinned, and it is inlined.)
CREATE OR REPLACE FUNCTION issuer.valid_until(at timestamptz) RETURNS text
LANGUAGE sql STABLE AS $$
  SELECT pg_catalog.to_char($1 AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US"+00"')
$$;

-- Its answer has what only the server knows; the rest the caller has just said. (One that was answered before: see request_json.)
-- Dropped first: until it told the time its results were others, and CREATE OR REPLACE changes no results.
DROP FUNCTION IF EXISTS issuer.grant_request;
CREATE FUNCTION issuer.grant_request(
  request_id uuid, person text, idempotency_key text, scope text, database text, delivery text, lifetime_seconds int,
  ceiling_seconds int, reason text, ticket text, break_glass boolean, approvals_needed int, approval_rule jsonb,
  decide_within_seconds int, settings jsonb, connection_limit int, keep_objects boolean, set_role text,
  lease_id uuid, role_name text, verifier text, iterations int, derivation_key text, mark text,
  OUT request uuid, OUT lease uuid, OUT state text, OUT created boolean, OUT at timestamptz
)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  before issuer.request;
  at_once constant boolean := grant_request.approvals_needed = 0;
BEGIN
  IF grant_request.person = '' OR grant_request.idempotency_key !~ '^[A-Za-z0-9_-]{1,64}$' OR grant_request.lifetime_seconds <= 0
      OR grant_request.ceiling_seconds < grant_request.lifetime_seconds OR grant_request.approvals_needed < 0
      OR grant_request.connection_limit < -1 THEN
    RAISE EXCEPTION USING ERRCODE = 'IS422', MESSAGE = 'person, idempotency key, lifetime, ceiling, approvals or connection limit out of bounds';
  END IF;
  at := clock_timestamp();
  INSERT INTO issuer.request (id, person, idempotency_key, scope, database, delivery, lifetime_seconds, ceiling_seconds, reason, ticket,
    break_glass, approvals_needed, approval_rule, settings, connection_limit, keep_objects, set_role, state, created_at, decide_by,
    decided_at)
  VALUES (grant_request.request_id, grant_request.person, grant_request.idempotency_key, grant_request.scope, grant_request.database,
    grant_request.delivery::issuer.delivery, grant_request.lifetime_seconds, grant_request.ceiling_seconds, grant_request.reason, grant_request.ticket,
    grant_request.break_glass, grant_request.approvals_needed, coalesce(grant_request.approval_rule, '{}'),
    coalesce(grant_request.settings, '{}'), grant_request.connection_limit, grant_request.keep_objects, grant_request.set_role,
    CASE WHEN at_once THEN 'issued'::issuer.request_state ELSE 'requested' END, at,
    CASE WHEN NOT at_once THEN at + make_interval(secs => grant_request.decide_within_seconds) END,
    CASE WHEN at_once THEN at END)
  ON CONFLICT (person, idempotency_key) DO NOTHING;

  IF NOT FOUND THEN
    SELECT * INTO STRICT before FROM issuer.request r
    WHERE r.person = grant_request.person AND r.idempotency_key = grant_request.idempotency_key;
    IF (before.scope, before.database, before.delivery::text, before.lifetime_seconds, before.reason, before.ticket, before.break_glass)
        IS DISTINCT FROM (grant_request.scope, grant_request.database, grant_request.delivery, grant_request.lifetime_seconds,
          grant_request.reason, grant_request.ticket, grant_request.break_glass) THEN
      RAISE EXCEPTION USING ERRCODE = 'IS409', MESSAGE = 'this idempotency key was used for another request',
        HINT = 'choose a new key for a new request';
    END IF;
    request := before.id;
    lease := (SELECT l.id FROM issuer.lease l WHERE l.request_id = before.id);
    state := before.state;
    created := false;
    at := before.created_at;
    RETURN;
  END IF;

  request := grant_request.request_id;
  created := true;
  IF at_once THEN
    PERFORM issuer.make_lease(grant_request.request_id, grant_request.person, grant_request.scope, grant_request.database,
      grant_request.delivery::issuer.delivery, grant_request.lifetime_seconds, grant_request.ceiling_seconds,
      coalesce(grant_request.settings, '{}'), grant_request.connection_limit, grant_request.keep_objects, grant_request.set_role,
      grant_request.lease_id, grant_request.role_name, grant_request.verifier, grant_request.iterations, grant_request.derivation_key,
      grant_request.mark, at);
    lease := grant_request.lease_id;
    state := 'issued';
  ELSE
    state := 'requested';
    PERFORM issuer.tell(jsonb_build_object('kind', 'request', 'request', request, 'state', state));
  END IF;
END
$$;

-- Issues an approved request. Asked again, answered alike.
CREATE OR REPLACE FUNCTION issuer.issue(
  request_id uuid, lease_id uuid, role_name text, verifier text, iterations int, derivation_key text, mark text,
  OUT request uuid, OUT lease uuid, OUT state text, OUT created boolean
)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  asked issuer.request;
BEGIN
  SELECT * INTO asked FROM issuer.request WHERE id = issue.request_id FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION USING ERRCODE = 'IS404', MESSAGE = 'no such request';
  END IF;
  request := asked.id;
  state := 'issued';
  created := asked.state <> 'issued';
  IF NOT created THEN
    lease := (SELECT l.id FROM issuer.lease l WHERE l.request_id = asked.id);
    RETURN;
  END IF;
  -- The quorum once more, here where the role is made: no way round it by a state that was set wrongly.
  IF asked.state <> 'approved' OR asked.approvals_needed > (
    SELECT count(*) FROM issuer.approval a
    WHERE a.request_id = asked.id AND a.decision = 'approve' AND a.approver <> asked.person) THEN
    RAISE EXCEPTION USING ERRCODE = 'IS410', MESSAGE = format('the request is %s, not approved', asked.state);
  END IF;
  UPDATE issuer.request SET state = 'issued' WHERE id = asked.id;
  PERFORM issuer.make_lease(asked.id, asked.person, asked.scope, asked.database, asked.delivery, asked.lifetime_seconds,
    asked.ceiling_seconds, asked.settings, asked.connection_limit, asked.keep_objects, asked.set_role, issue.lease_id, issue.role_name,
    issue.verifier, issue.iterations, issue.derivation_key, issue.mark, clock_timestamp());
  PERFORM issuer.tell(jsonb_build_object('kind', 'request', 'request', asked.id, 'state', 'issued'));
  lease := issue.lease_id;
END
$$;
