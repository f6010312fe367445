-- Scopes: a compiled set of privileges is a role. The compiler (sql/scopes) gives it privileges in its database.

-- The advisory lock of a database's scopes: issuing holds it shared, whoever changes what may be issued holds it alone.
-- (Nothing in it is looked up by search_path, so none is pinned, and it is inlined.)
CREATE OR REPLACE FUNCTION issuer.scope_key(database text) RETURNS bigint
LANGUAGE sql STABLE AS $$
  SELECT pg_catalog.hashtextextended(pg_catalog.concat('issuer scope ', $1), 0)
$$;

-- One compile at a time for each database, until the end of the transaction.
CREATE OR REPLACE FUNCTION issuer.scope_lock(database text) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  SELECT pg_advisory_xact_lock(issuer.scope_key($1))
$$;

-- Makes the scope's role (or finds it) and marks it as being compiled. A ready scope stays ready: its name is returned, no more.
CREATE OR REPLACE FUNCTION issuer.scope_begin(hash text, name text, database text, definition jsonb) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  scope_role constant text := 'iss_scope_' || scope_begin.hash;
  made oid;
BEGIN
  PERFORM issuer.scope_lock(scope_begin.database);
  SELECT oid INTO made FROM pg_roles WHERE rolname = scope_role;
  IF NOT FOUND THEN
    EXECUTE format('CREATE ROLE %I NOLOGIN', scope_role);
    EXECUTE format('COMMENT ON ROLE %I IS %L', scope_role, 'issuer scope ' || scope_begin.name || ' in ' || scope_begin.database);
    SELECT oid INTO STRICT made FROM pg_roles WHERE rolname = scope_role;
  END IF;
  -- The one grantor of memberships in it. On 15 and older ADMIN makes it a member, which as NOINHERIT gains nothing.
  EXECUTE format('GRANT %I TO iss_grantor %s', scope_role, CASE WHEN current_setting('server_version_num')::int >= 160000
    THEN 'WITH ADMIN TRUE, INHERIT FALSE, SET FALSE' ELSE 'WITH ADMIN OPTION' END);
  INSERT INTO issuer.scope AS s (hash, name, database, role_name, role_oid, definition)
  VALUES (scope_begin.hash, scope_begin.name, scope_begin.database, scope_role, made, scope_begin.definition)
  ON CONFLICT (hash) DO UPDATE SET role_oid = excluded.role_oid, definition = excluded.definition, retired_at = NULL,
    state = CASE s.state WHEN 'ready' THEN 'ready' ELSE 'compiling' END;
  RETURN scope_role;
END
$$;

-- The scope may be issued from now on; others of its name are on their way out.
CREATE OR REPLACE FUNCTION issuer.scope_ready(hash text, findings jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  ready issuer.scope;
BEGIN
  SELECT * INTO ready FROM issuer.scope WHERE hash = scope_ready.hash;
  IF NOT FOUND THEN
    RAISE EXCEPTION USING ERRCODE = 'IS404', MESSAGE = 'no such scope';
  END IF;
  PERFORM issuer.scope_lock(ready.database);
  UPDATE issuer.scope SET state = 'retiring', retired_at = clock_timestamp()
  WHERE database = ready.database AND name = ready.name AND hash <> ready.hash AND state IN ('ready', 'compiling');
  UPDATE issuer.scope SET state = 'ready', ready_at = clock_timestamp(), findings = coalesce(scope_ready.findings, '[]')
  WHERE hash = ready.hash;
  PERFORM issuer.tell(jsonb_build_object('kind', 'scope', 'database', ready.database, 'scope', ready.name, 'state', 'ready'));
END
$$;

-- It cannot be enforced: nobody gets it. Its live leases are the caller's to disable.
CREATE OR REPLACE FUNCTION issuer.scope_failed(hash text, findings jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  failed issuer.scope;
BEGIN
  PERFORM issuer.scope_lock(s.database) FROM issuer.scope s WHERE s.hash = scope_failed.hash;
  UPDATE issuer.scope SET state = 'failed', retired_at = clock_timestamp(), findings = coalesce(scope_failed.findings, '[]')
  WHERE hash = scope_failed.hash RETURNING * INTO failed;
  IF NOT FOUND THEN
    RAISE EXCEPTION USING ERRCODE = 'IS404', MESSAGE = 'no such scope';
  END IF;
  PERFORM issuer.tell(jsonb_build_object('kind', 'scope', 'database', failed.database, 'scope', failed.name, 'state', 'failed'));
END
$$;

-- No longer in policy: nobody gets it any more; live leases keep it until they end.
CREATE OR REPLACE FUNCTION issuer.scope_retire(hash text) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  SELECT issuer.scope_lock(s.database) FROM issuer.scope s WHERE s.hash = $1;
  UPDATE issuer.scope SET state = 'retiring', retired_at = clock_timestamp() WHERE hash = $1 AND state IN ('ready', 'compiling')
$$;

CREATE OR REPLACE FUNCTION issuer.scope_retirable() RETURNS TABLE (hash text, database text, role_name text)
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  SELECT s.hash, s.database, s.role_name FROM issuer.scope s
  WHERE s.state IN ('retiring', 'failed')
    AND NOT EXISTS (SELECT FROM issuer.lease l WHERE l.scope_hash = s.hash AND l.state <> 'dropped')
$$;

-- After its privileges were dropped in its database.
CREATE OR REPLACE FUNCTION issuer.scope_drop(hash text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  old issuer.scope;
BEGIN
  SELECT * INTO old FROM issuer.scope s WHERE s.hash = scope_drop.hash AND s.state IN ('retiring', 'failed') FOR UPDATE;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  IF EXISTS (SELECT FROM issuer.lease l WHERE l.scope_hash = old.hash AND l.state <> 'dropped') THEN
    RAISE EXCEPTION USING ERRCODE = '55006', MESSAGE = 'the scope has live leases', HINT = 'it is dropped after they ended';
  END IF;
  PERFORM set_config('lock_timeout', '2s', true);
  EXECUTE format('DROP ROLE IF EXISTS %I', old.role_name);
  UPDATE issuer.scope SET state = 'dropped' WHERE hash = old.hash;
END
$$;

-- What keeps masked columns from the leases of a scope, in policy's words.
CREATE OR REPLACE FUNCTION issuer.enforcement(scope_hash text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce((SELECT s.definition ->> 'enforcement' FROM issuer.scope s WHERE s.hash = $1), 'strict')
$$;
