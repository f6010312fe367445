-- Approving, denying, cancelling. *Who* may approve is policy, decided by the caller; what no policy can allow is refused here.

-- The request's row, locked, if it can still be decided.
CREATE OR REPLACE FUNCTION issuer.undecided(request_id uuid) RETURNS issuer.request
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  asked issuer.request;
BEGIN
  SELECT * INTO asked FROM issuer.request WHERE id = undecided.request_id FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION USING ERRCODE = 'IS404', MESSAGE = 'no such request';
  END IF;
  IF asked.state <> 'requested' OR asked.decide_by < clock_timestamp() THEN
    RAISE EXCEPTION USING ERRCODE = 'IS410', MESSAGE = CASE asked.state
      WHEN 'requested' THEN 'the time to decide this request is over' ELSE format('the request is %s already', asked.state) END;
  END IF;
  RETURN asked;
END
$$;

CREATE OR REPLACE FUNCTION issuer.approve(request_id uuid, approver text, comment text) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  asked issuer.request;
  seats int;
BEGIN
  SELECT * INTO asked FROM issuer.request WHERE id = approve.request_id FOR UPDATE;
  -- A lost reply is asked again: the same person's same decision is answered alike, also when it completed the quorum.
  IF EXISTS (SELECT FROM issuer.approval a
      WHERE a.request_id = approve.request_id AND a.approver = approve.approver AND a.decision = 'approve'
        AND a.comment IS NOT DISTINCT FROM approve.comment) THEN
    RETURN asked.state;
  END IF;
  asked := issuer.undecided(approve.request_id);
  PERFORM issuer.take_seat(asked, approve.approver, 'approve', approve.comment);
  SELECT count(*) INTO seats FROM issuer.approval a WHERE a.request_id = asked.id AND a.decision = 'approve';
  IF seats < asked.approvals_needed THEN
    RETURN asked.state;
  END IF;
  UPDATE issuer.request SET state = 'approved', decided_at = clock_timestamp() WHERE id = asked.id;
  PERFORM issuer.tell(jsonb_build_object('kind', 'request', 'request', asked.id, 'state', 'approved'));
  RETURN 'approved';
END
$$;

CREATE OR REPLACE FUNCTION issuer.take_seat(asked issuer.request, approver text, decision text, comment text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
  IF take_seat.approver = asked.person THEN
    RAISE EXCEPTION USING ERRCODE = 'IS403', MESSAGE = 'nobody decides on their own request', HINT = 'ask somebody else';
  END IF;
  INSERT INTO issuer.approval (request_id, requester, approver, decision, comment)
  VALUES (asked.id, asked.person, take_seat.approver, take_seat.decision, take_seat.comment);
EXCEPTION WHEN unique_violation THEN
  RAISE EXCEPTION USING ERRCODE = 'IS403', MESSAGE = 'each approver has one seat, and this one is taken';
END
$$;

CREATE OR REPLACE FUNCTION issuer.deny(request_id uuid, approver text, comment text) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  asked issuer.request;
BEGIN
  SELECT * INTO asked FROM issuer.request WHERE id = deny.request_id FOR UPDATE;
  IF asked.state = 'denied' AND EXISTS (SELECT FROM issuer.approval a
      WHERE a.request_id = asked.id AND a.approver = deny.approver AND a.decision = 'deny') THEN
    RETURN asked.state;
  END IF;
  asked := issuer.undecided(deny.request_id);
  PERFORM issuer.take_seat(asked, deny.approver, 'deny', deny.comment);
  UPDATE issuer.request SET state = 'denied', decided_at = clock_timestamp(),
    message = concat_ws(': ', 'denied by ' || deny.approver, nullif(deny.comment, '')) WHERE id = asked.id;
  PERFORM issuer.tell(jsonb_build_object('kind', 'request', 'request', asked.id, 'state', 'denied'));
  RETURN 'denied';
END
$$;

-- By the requester, while there is no lease (a lease is revoked).
CREATE OR REPLACE FUNCTION issuer.cancel(request_id uuid, person text) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  asked issuer.request;
BEGIN
  SELECT * INTO asked FROM issuer.request WHERE id = cancel.request_id FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION USING ERRCODE = 'IS404', MESSAGE = 'no such request';
  ELSIF asked.person <> cancel.person THEN
    RAISE EXCEPTION USING ERRCODE = 'IS403', MESSAGE = 'only who asked can cancel';
  ELSIF asked.state = 'cancelled' THEN
    RETURN asked.state;
  ELSIF asked.state NOT IN ('requested', 'approved') THEN
    RAISE EXCEPTION USING ERRCODE = 'IS410', MESSAGE = format('the request is %s already', asked.state),
      HINT = 'a lease is ended by issuerctl revoke';
  END IF;
  UPDATE issuer.request SET state = 'cancelled', decided_at = clock_timestamp(), message = 'cancelled by ' || cancel.person WHERE id = asked.id;
  PERFORM issuer.tell(jsonb_build_object('kind', 'request', 'request', asked.id, 'state', 'cancelled'));
  RETURN 'cancelled';
END
$$;

-- Requests that nobody decided in time, and approved ones that nobody came to fetch.
CREATE OR REPLACE FUNCTION issuer.cancel_undecided() RETURNS SETOF uuid
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  lapsed uuid;
BEGIN
  FOR lapsed IN
    UPDATE issuer.request SET decided_at = clock_timestamp(), message = CASE state
      WHEN 'requested' THEN 'nobody decided in time' ELSE 'approved, but not issued in time' END, state = 'cancelled'
    WHERE id IN (SELECT id FROM issuer.request WHERE state IN ('requested', 'approved') AND decide_by < clock_timestamp()
      ORDER BY decide_by LIMIT 500 FOR UPDATE SKIP LOCKED)
    RETURNING id
  LOOP
    PERFORM issuer.tell(jsonb_build_object('kind', 'request', 'request', lapsed, 'state', 'cancelled'));
    RETURN NEXT lapsed;
  END LOOP;
END
$$;

-- The lease could not be made, for a reason that trying again will not cure.
CREATE OR REPLACE FUNCTION issuer.request_failed(request_id uuid, message text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
  UPDATE issuer.request SET state = 'failed', decided_at = clock_timestamp(), message = request_failed.message
  WHERE id = request_failed.request_id AND state IN ('requested', 'approved');
  IF FOUND THEN
    PERFORM issuer.tell(jsonb_build_object('kind', 'request', 'request', request_failed.request_id, 'state', 'failed'));
  END IF;
END
$$;

-- Break-glass requests whose review is owed, and by when.
CREATE OR REPLACE VIEW issuer.review_owed AS
SELECT r.id, r.person, r.created_at + make_interval(secs => coalesce((r.approval_rule->>'reviewWithinSeconds')::int, 86400)) AS review_by
FROM issuer.request r
WHERE r.break_glass AND r.state = 'issued' AND r.reviewed_at IS NULL;

-- The review that a break-glass request owes.
CREATE OR REPLACE FUNCTION issuer.review(request_id uuid, reviewer text, comment text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  asked issuer.request;
BEGIN
  SELECT * INTO asked FROM issuer.request WHERE id = review.request_id FOR UPDATE;
  IF NOT FOUND OR NOT asked.break_glass THEN
    RAISE EXCEPTION USING ERRCODE = 'IS404', MESSAGE = 'no such break-glass request';
  ELSIF asked.person = review.reviewer THEN
    RAISE EXCEPTION USING ERRCODE = 'IS403', MESSAGE = 'nobody reviews their own request', HINT = 'ask somebody else';
  ELSIF asked.reviewed_by IS NOT NULL AND asked.reviewed_by <> review.reviewer THEN
    RAISE EXCEPTION USING ERRCODE = 'IS410', MESSAGE = 'reviewed already by ' || asked.reviewed_by;
  END IF;
  UPDATE issuer.request SET reviewed_by = review.reviewer, reviewed_at = clock_timestamp(), review_comment = review.comment WHERE id = asked.id;
END
$$;
