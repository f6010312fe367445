-- Issuers and their connections.

-- The advisory lock that each connection of an issuer holds (shared) for as long as its backend lives.
CREATE OR REPLACE FUNCTION issuer.instance_key(instance uuid) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
  SELECT ('x' || substr(md5('issuer instance ' || instance::text), 1, 16))::bit(64)::bigint
$$;

-- Called first on every connection. Idempotent.
CREATE OR REPLACE FUNCTION issuer.connection_begin(instance uuid, name text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  wanted text[];
BEGIN
  -- SCRAM verifiers go through the statements of this connection. They open nothing by themselves, and are kept out of the log all
  -- the same, also when a statement fails; where the admin may not say so, the server's own setting stays.
  FOREACH wanted SLICE 1 IN ARRAY ARRAY[
    ['log_statement', 'none'], ['log_min_duration_statement', '-1'], ['log_min_duration_sample', '-1'],
    ['log_transaction_sample_rate', '0'], ['log_min_error_statement', 'panic'], ['log_parameter_max_length', '0'],
    ['log_parameter_max_length_on_error', '0'], ['pg_stat_statements.track', 'none'], ['auto_explain.log_min_duration', '-1'],
    -- From 16 on: a creator must not become a full member of what it creates, whatever the cluster's default is.
    ['createrole_self_grant', ''], ['timezone', 'UTC'], ['datestyle', 'ISO']
  ] LOOP
    BEGIN
      PERFORM set_config(wanted[1], wanted[2], false);
    EXCEPTION WHEN insufficient_privilege OR undefined_object THEN
      NULL;
    END;
  END LOOP;

  -- The row first: whoever sees the row and gets the lock knows that no connection is left.
  INSERT INTO issuer.instance (id, name) VALUES (connection_begin.instance, connection_begin.name)
  ON CONFLICT (id) DO UPDATE SET heartbeat_at = clock_timestamp();
  IF NOT EXISTS (
    SELECT FROM pg_locks
    WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND mode = 'ShareLock' AND objsubid = 1
      AND ((classid::bigint << 32) | objid::bigint) = issuer.instance_key(connection_begin.instance)
  ) THEN
    PERFORM pg_advisory_lock_shared(issuer.instance_key(connection_begin.instance));
  END IF;

  -- Creators that were made since (bootstrap run again, an upgrade to 16).
  IF current_setting('server_version_num')::int >= 160000 THEN
    INSERT INTO issuer.creator (name)
    SELECT rolname FROM pg_roles
    WHERE rolname ~ '^iss_creator_[0-9]+$' AND NOT EXISTS (SELECT FROM issuer.creator WHERE name = rolname)
    ON CONFLICT DO NOTHING;
  END IF;
END
$$;

CREATE OR REPLACE FUNCTION issuer.heartbeat(instance uuid) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  UPDATE issuer.instance SET heartbeat_at = clock_timestamp() WHERE id = $1
$$;

-- Forgets issuers that are silent and of which no backend lives: a transaction that such a backend left half-way is decided.
-- What they had claimed is free again. A silent one that still holds its lock is left for later.
CREATE OR REPLACE FUNCTION issuer.reap_instances(silent_seconds int) RETURNS SETOF uuid
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  dead uuid;
BEGIN
  FOR dead IN
    SELECT id FROM issuer.instance WHERE heartbeat_at < clock_timestamp() - make_interval(secs => silent_seconds)
    ORDER BY id FOR UPDATE SKIP LOCKED
  LOOP
    -- Not oneself either: one's own lock is in nobody's way.
    CONTINUE WHEN EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ShareLock' AND objsubid = 1
      AND ((classid::bigint << 32) | objid::bigint) = issuer.instance_key(dead));
    CONTINUE WHEN NOT pg_try_advisory_xact_lock(issuer.instance_key(dead));
    UPDATE issuer.lease SET claimed_by = NULL, claimed_until = NULL WHERE state <> 'dropped' AND claimed_by = dead;
    -- The claim on a dropped one says that an eviction is owed.
    UPDATE issuer.lease SET claimed_until = clock_timestamp() WHERE state = 'dropped' AND claimed_by = dead;
    DELETE FROM issuer.instance WHERE id = dead;
    RETURN NEXT dead;
  END LOOP;
END
$$;

-- Runs statements as a creator or the grantor (functions of schema issuer_as, bootstrap/privileges.sql), or, for NULL, as the admin.
CREATE OR REPLACE FUNCTION issuer.run_as(who text, statements text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF who IS NULL THEN
    EXECUTE statements;
  ELSE
    EXECUTE format('SELECT issuer_as.%I($1)', who) USING statements;
  END IF;
END
$$;

-- What LISTENers are told; a payload has at most 7999 bytes, so long texts are cut by whoever puts them in.
CREATE OR REPLACE FUNCTION issuer.tell(event jsonb) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  SELECT pg_notify('issuer', $1::text)
$$;

-- RFC 3339 with milliseconds, as the API writes times. (Nothing in it is looked up by search_path.)
CREATE OR REPLACE FUNCTION issuer.rfc3339(at timestamptz) RETURNS text
LANGUAGE sql STABLE AS $$
  SELECT pg_catalog.to_char($1 AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;

-- Milliseconds until then, 0 when it is past.
CREATE OR REPLACE FUNCTION issuer.milliseconds_until(at timestamptz) RETURNS bigint
LANGUAGE sql VOLATILE STRICT SET search_path = pg_catalog, pg_temp AS $$
  SELECT greatest(0, floor(extract(epoch FROM $1 - clock_timestamp()) * 1000))::bigint
$$;
