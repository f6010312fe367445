-- DROP ROLE and the end of the ledger's entry, in one transaction.

-- Tries a chunk of one creator as one statement; when that fails, its halves. The ones that cannot be dropped come back with why.
CREATE OR REPLACE FUNCTION issuer.drop_chunk(creator text, lease_ids uuid[])
RETURNS TABLE (lease_id uuid, dropped boolean, sql_state text, message text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  names text;
  half constant int := cardinality(drop_chunk.lease_ids) / 2;
BEGIN
  IF cardinality(drop_chunk.lease_ids) = 0 THEN
    RETURN;
  END IF;
  SELECT string_agg(quote_ident(role_name), ', ' ORDER BY role_oid) INTO names
  FROM issuer.lease_role WHERE lease_id = ANY (drop_chunk.lease_ids);
  BEGIN
    IF names IS NOT NULL THEN
      PERFORM issuer.run_as(drop_chunk.creator, 'DROP ROLE ' || names);
    END IF;
    RETURN QUERY SELECT id, true, NULL::text, NULL::text FROM unnest(drop_chunk.lease_ids) AS id;
    RETURN;
  EXCEPTION WHEN lock_not_available OR dependent_objects_still_exist OR object_in_use OR insufficient_privilege
      OR undefined_object OR deadlock_detected OR internal_error THEN
    -- The subtransaction took its locks back with it.
    IF half = 0 THEN
      RETURN QUERY SELECT drop_chunk.lease_ids[1], false, sqlstate, sqlerrm;
      RETURN;
    END IF;
  END;
  RETURN QUERY SELECT * FROM issuer.drop_chunk(drop_chunk.creator, drop_chunk.lease_ids[:half]);
  RETURN QUERY SELECT * FROM issuer.drop_chunk(drop_chunk.creator, drop_chunk.lease_ids[half + 1:]);
END
$$;

-- Drops the roles of disabled leases, at most 500 a call, and closes the leases. Those that cannot be dropped now are recorded for
-- a retry and come back with why; those that somebody else drops meanwhile are waited for and left out.
CREATE OR REPLACE FUNCTION issuer.drop(lease_ids uuid[])
RETURNS TABLE (lease_id uuid, dropped boolean, sql_state text, message text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  mine uuid[];
  held record;
  chunk record;
  outcome record;
  refused uuid[] := '{}';
  gone uuid[] := '{}';
BEGIN
  IF cardinality(drop.lease_ids) > 500 THEN
    RAISE EXCEPTION USING ERRCODE = 'IS422', MESSAGE = 'at most 500 leases a call',
      HINT = 'each role takes a lock until the end of the transaction, and the lock table is small';
  ELSIF EXISTS (SELECT FROM issuer.lease WHERE id = ANY (drop.lease_ids) AND state = 'active') THEN
    RAISE EXCEPTION USING ERRCODE = '55006', MESSAGE = 'an active lease cannot be dropped', HINT = 'disable it first';
  END IF;
  -- Of those that drop_due dropped the eviction is no longer owed.
  UPDATE issuer.lease SET claimed_by = NULL, claimed_until = NULL
  WHERE id = ANY (drop.lease_ids) AND state = 'dropped' AND claimed_by IS NOT NULL;
  RETURN QUERY SELECT id, true, NULL::text, NULL::text FROM issuer.lease WHERE id = ANY (drop.lease_ids) AND state = 'dropped';
  SELECT coalesce(array_agg(id), '{}') INTO mine FROM (
    SELECT id FROM issuer.lease WHERE id = ANY (drop.lease_ids) AND state = 'disabled' ORDER BY id FOR UPDATE) AS locked;

  -- What would make the whole chunk wait or fail is seen beforehand: halving is for what cannot be seen.
  FOR held IN
    WITH role AS (SELECT * FROM issuer.lease_role WHERE lease_id = ANY (mine))
    SELECT r.lease_id, '55006' AS sql_state, format('%s sessions of the role are alive', count(*)) AS message
    FROM role r JOIN pg_stat_activity a ON a.usesysid = r.role_oid GROUP BY r.lease_id
    UNION ALL
    SELECT r.lease_id, '55P03', 'an open transaction holds the role: ' || string_agg(DISTINCT coalesce('backend ' || k.pid, 'prepared'), ', ')
    FROM role r JOIN pg_locks k ON k.locktype = 'object' AND k.classid = 'pg_authid'::regclass AND k.objid = r.role_oid AND k.granted
    WHERE k.pid IS DISTINCT FROM pg_backend_pid() GROUP BY r.lease_id
    UNION ALL
    SELECT r.lease_id, '2BP01', 'the role owns objects or holds grants in ' || string_agg(DISTINCT coalesce(b.datname, 'the cluster'), ', ')
    FROM role r
    JOIN pg_shdepend d ON d.refclassid = 'pg_authid'::regclass AND d.refobjid = r.role_oid
    LEFT JOIN pg_database b ON b.oid = d.dbid
    WHERE d.classid <> 'pg_auth_members'::regclass GROUP BY r.lease_id
  LOOP
    CONTINUE WHEN held.lease_id = ANY (refused);
    refused := refused || held.lease_id;
    PERFORM issuer.end_failed(held.lease_id, 'drop', held.sql_state, held.message, issuer.next_step(held.sql_state));
    RETURN QUERY SELECT held.lease_id, false, held.sql_state, held.message;
  END LOOP;

  PERFORM set_config('lock_timeout', '200ms', true);
  FOR chunk IN
    SELECT l.creator, array_agg(l.id ORDER BY l.role_oid) AS ids FROM issuer.lease l
    WHERE l.id = ANY (mine) AND l.id <> ALL (refused) GROUP BY l.creator
  LOOP
    FOR outcome IN SELECT * FROM issuer.drop_chunk(chunk.creator, chunk.ids) LOOP
      IF outcome.dropped THEN
        gone := gone || outcome.lease_id;
      ELSE
        PERFORM issuer.end_failed(outcome.lease_id, 'drop', outcome.sql_state, outcome.message, issuer.next_step(outcome.sql_state));
        RETURN QUERY SELECT outcome.lease_id, false, outcome.sql_state, outcome.message;
      END IF;
    END LOOP;
  END LOOP;

  PERFORM issuer.close_leases(gone, 'dropped', NULL);
  RETURN QUERY SELECT id, true, NULL::text, NULL::text FROM unnest(gone) AS id;
END
$$;

-- The ledger's side of a role that is no more. `reason` and `who` are of leases that were not disabled before; `owed_by` is the issuer
-- that still owes them an eviction, by `owed_until`.
DROP FUNCTION IF EXISTS issuer.close_leases(uuid[], text, jsonb);
CREATE OR REPLACE FUNCTION issuer.close_leases(
  lease_ids uuid[], kind text, detail jsonb, reason text DEFAULT NULL, who text DEFAULT NULL, owed_by uuid DEFAULT NULL,
  owed_until timestamptz DEFAULT NULL
) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
  UPDATE issuer.creator c SET live = greatest(0, c.live - n.count)
  FROM (SELECT creator, count(*) FROM issuer.lease WHERE id = ANY (close_leases.lease_ids) AND state <> 'dropped' GROUP BY creator) AS n
  WHERE c.name = n.creator;
  UPDATE issuer.lease SET state = 'dropped', dropped_at = clock_timestamp(), disabled_at = coalesce(disabled_at, clock_timestamp()),
    end_reason = coalesce(end_reason, close_leases.reason), ended_by = coalesce(ended_by, close_leases.who),
    claimed_by = close_leases.owed_by, claimed_until = close_leases.owed_until
  WHERE id = ANY (close_leases.lease_ids) AND state <> 'dropped';
  INSERT INTO issuer.lease_event (lease_id, kind, detail)
  SELECT id, close_leases.kind, close_leases.detail FROM unnest(close_leases.lease_ids) AS id;
  DELETE FROM issuer.end_attempt WHERE lease_id = ANY (close_leases.lease_ids);
  UPDATE issuer.session SET ended_at = clock_timestamp(), end_reason = 'the lease ended'
  WHERE lease_id = ANY (close_leases.lease_ids) AND ended_at IS NULL;
END
$$;

-- What an operator can do about a lease that does not get on.
CREATE OR REPLACE FUNCTION issuer.next_step(sql_state text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE $1
    WHEN '55006' THEN 'its sessions are ended at the next try'
    WHEN '55P03' THEN 'end the transaction that it names (pg_terminate_backend), or ROLLBACK PREPARED it in its database'
    WHEN '2BP01' THEN 'they are cleaned at the next try; if this stays, make the issuer''s admin a member of the schema''s owner'
    WHEN '42501' THEN 'run issuerctl init again, which grants the admin what it needs'
    ELSE 'see the server''s log; it is tried again' END
$$;

-- Records that a step failed; tried again after 1 s, doubling to 5 min, for ever.
CREATE OR REPLACE FUNCTION issuer.end_failed(lease_id uuid, step text, sql_state text, message text, next text) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO issuer.end_attempt AS a (lease_id, step, sql_state, message, next, retry_at)
  VALUES ($1, $2, $3, $4, coalesce($5, issuer.next_step($3)), clock_timestamp() + interval '1 s')
  ON CONFLICT (lease_id) DO UPDATE SET step = excluded.step, sql_state = excluded.sql_state, message = excluded.message,
    next = excluded.next, attempts = a.attempts + 1,
    retry_at = clock_timestamp() + make_interval(secs => least(300, 2 ^ least(a.attempts, 9)))
$$;
