-- When passwords are due to rotate. Setting one is the daemon's: it seals the new one first.

CREATE OR REPLACE FUNCTION issuer.admin_rotated(role text) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO issuer.admin_rotation (role, rotated_at) VALUES ($1, clock_timestamp())
  ON CONFLICT (role) DO UPDATE SET rotated_at = excluded.rotated_at
$$;

CREATE OR REPLACE FUNCTION issuer.static_role_put(name text, mode text, roles text[], database text, every_seconds int) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO issuer.static_role AS s (name, mode, roles, database, every_seconds) VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT (name) DO UPDATE SET mode = excluded.mode, roles = excluded.roles, database = excluded.database,
    every_seconds = excluded.every_seconds,
    next_at = least(s.next_at, coalesce(s.rotated_at, clock_timestamp()) + make_interval(secs => excluded.every_seconds))
$$;

-- Locked until the end of the transaction: two issuers never rotate one account at once.
CREATE OR REPLACE FUNCTION issuer.static_role_due(max int)
RETURNS TABLE (name text, mode text, roles text[], current text, database text)
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  SELECT s.name, s.mode, s.roles, s.current, s.database FROM issuer.static_role s
  WHERE s.next_at <= clock_timestamp() ORDER BY s.next_at LIMIT $1 FOR UPDATE SKIP LOCKED
$$;

-- Notes whether somebody is logged in as the role whose turn it is not. Answers for how many seconds nobody was, 0 when somebody is.
CREATE OR REPLACE FUNCTION issuer.static_role_seen(name text, in_use boolean) RETURNS bigint
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  UPDATE issuer.static_role s SET idle_since = CASE WHEN NOT $2 THEN coalesce(s.idle_since, clock_timestamp()) END WHERE s.name = $1
  RETURNING coalesce(floor(extract(epoch FROM clock_timestamp() - s.idle_since)), 0)::bigint
$$;

CREATE OR REPLACE FUNCTION issuer.static_role_retired(name text) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  UPDATE issuer.static_role s SET retired_at = clock_timestamp() WHERE s.name = $1
$$;

CREATE OR REPLACE FUNCTION issuer.static_role_rotated(name text, current text) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  UPDATE issuer.static_role s SET current = $2, rotated_at = clock_timestamp(), attempts = 0, sql_state = NULL, message = NULL,
    idle_since = NULL, retired_at = NULL, next_at = clock_timestamp() + make_interval(secs => s.every_seconds) WHERE s.name = $1
$$;

CREATE OR REPLACE FUNCTION issuer.static_role_failed(name text, sql_state text, message text) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  UPDATE issuer.static_role s SET attempts = s.attempts + 1, sql_state = $2, message = $3,
    next_at = clock_timestamp() + make_interval(secs => least(3600, 2 ^ least(s.attempts + 1, 12))) WHERE s.name = $1
$$;
