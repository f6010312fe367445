-- The ledger as people read it: the forms of IssuerAPI's AccessRequest and Lease. Absent values are left out, not null.
-- Those of one row are plpgsql, whose plans a session keeps: each issue answers with one, and planning it took longer than CREATE ROLE.

CREATE OR REPLACE FUNCTION issuer.lease_json(lease_id uuid) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN (
    SELECT jsonb_strip_nulls(jsonb_build_object(
      'id', l.id, 'requestID', coalesce(l.request_id::text, ''), 'state', l.state, 'person', l.person, 'scope', l.scope,
      'database', l.database, 'role', l.role_name, 'delivery', l.delivery, 'enforcement', issuer.enforcement(l.scope_hash),
      'issuedAt', issuer.rfc3339(l.issued_at), 'deadline', issuer.rfc3339(l.deadline),
      'remainingSeconds',
        CASE l.state WHEN 'active' THEN greatest(0, floor(extract(epoch FROM l.deadline - clock_timestamp())))::bigint ELSE 0 END,
      'ceiling', issuer.rfc3339(l.ceiling), 'endedAt', issuer.rfc3339(l.disabled_at),
      'endReason', l.end_reason,
      'stuck', CASE WHEN a.lease_id IS NOT NULL THEN jsonb_build_object('step', a.step, 'attempts', a.attempts, 'sqlState', a.sql_state,
        'message', a.message, 'next', a.next, 'retryAt', issuer.rfc3339(a.retry_at)) END))
    FROM issuer.lease l LEFT JOIN issuer.end_attempt a ON a.lease_id = l.id
    WHERE l.id = $1
  );
END
$$;

CREATE OR REPLACE FUNCTION issuer.leases_json(person text, states text[], stuck boolean, max int) RETURNS SETOF jsonb
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  SELECT issuer.lease_json(l.id) FROM (
    SELECT id, issued_at FROM issuer.lease l
    WHERE ($1 IS NULL OR l.person = $1) AND ($2 IS NULL OR l.state::text = ANY ($2))
      AND (NOT coalesce($3, false) OR EXISTS (SELECT FROM issuer.end_attempt a WHERE a.lease_id = l.id))
    ORDER BY issued_at DESC LIMIT $4) AS l
  ORDER BY l.issued_at DESC
$$;

-- What happened to a request, or what it waits for.
CREATE OR REPLACE FUNCTION issuer.request_message(r issuer.request) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE
    WHEN r.message <> '' THEN r.message
    WHEN r.state = 'requested' THEN 'waits for approval: ' || coalesce(r.approval_rule->>'approvers', 'its approvers')
    WHEN r.state = 'approved' THEN 'approved, about to be issued'
    WHEN r.state = 'issued' AND r.break_glass AND r.reviewed_at IS NULL THEN 'past the approvals: a review is owed'
      || coalesce(' until ' || issuer.rfc3339((SELECT o.review_by FROM issuer.review_owed o WHERE o.id = r.id)), '')
    WHEN r.reviewed_at IS NOT NULL THEN 'reviewed by ' || r.reviewed_by || coalesce(': ' || nullif(r.review_comment, ''), '')
    ELSE '' END
$$;

CREATE OR REPLACE FUNCTION issuer.request_json(request_id uuid) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN (
    SELECT jsonb_strip_nulls(jsonb_build_object(
      'id', r.id, 'state', CASE r.state WHEN 'issued' THEN coalesce(l.state::text, 'approved') ELSE r.state::text END,
      'person', r.person, 'scope', r.scope, 'database', r.database, 'delivery', r.delivery, 'lifetimeSeconds', r.lifetime_seconds,
      'enforcement', issuer.enforcement(coalesce(l.scope_hash, (
        SELECT s.hash FROM issuer.scope s WHERE s.database = r.database AND s.name = r.scope
        ORDER BY s.state = 'ready' DESC, s.created_at DESC LIMIT 1))),
      'reason', r.reason, 'ticket', r.ticket, 'breakGlass', r.break_glass, 'approvalsNeeded', r.approvals_needed,
      'approvals', coalesce((
        SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('approver', a.approver, 'decision', a.decision, 'comment', a.comment,
          'at', issuer.rfc3339(a.at))) ORDER BY a.at)
        FROM issuer.approval a WHERE a.request_id = r.id), '[]'),
      'createdAt', issuer.rfc3339(r.created_at), 'decideBy', issuer.rfc3339(r.decide_by), 'message', issuer.request_message(r),
      'lease', CASE WHEN l.id IS NOT NULL THEN issuer.lease_json(l.id) END))
    FROM issuer.request r LEFT JOIN issuer.lease l ON l.request_id = r.id
    WHERE r.id = $1
  );
END
$$;

CREATE OR REPLACE FUNCTION issuer.requests_json(person text, states text[], max int) RETURNS SETOF jsonb
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  SELECT issuer.request_json(r.id) FROM (
    SELECT r.id, r.created_at FROM issuer.request r LEFT JOIN issuer.lease l ON l.request_id = r.id
    WHERE ($1 IS NULL OR r.person = $1)
      AND ($2 IS NULL OR (CASE r.state WHEN 'issued' THEN coalesce(l.state::text, 'approved') ELSE r.state::text END) = ANY ($2))
    ORDER BY r.created_at DESC LIMIT $3) AS r
  ORDER BY r.created_at DESC
$$;

CREATE OR REPLACE FUNCTION issuer.sessions_json(person text, max int) RETURNS SETOF jsonb
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  SELECT jsonb_build_object('id', s.id, 'lease', s.lease_id, 'person', l.person, 'scope', l.scope, 'database', l.database,
    'role', l.role_name, 'enforcement', issuer.enforcement(l.scope_hash), 'proxy', s.proxy, 'clientAddress', s.client_address, 'startedAt', issuer.rfc3339(s.started_at))
  FROM issuer.session s JOIN issuer.lease l ON l.id = s.lease_id
  WHERE s.ended_at IS NULL AND ($1 IS NULL OR l.person = $1)
  ORDER BY s.started_at DESC LIMIT $2
$$;
