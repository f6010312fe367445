-- When service accounts' passwords are due to rotate. Setting the password is the daemon's: it seals the new one first.

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

CREATE OR REPLACE FUNCTION issuer.static_role_rotated(name text, current text) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  UPDATE issuer.static_role s SET current = $2, rotated_at = clock_timestamp(), attempts = 0, sql_state = NULL, message = NULL,
    next_at = clock_timestamp() + make_interval(secs => s.every_seconds) WHERE s.name = $1
$$;

CREATE OR REPLACE FUNCTION issuer.static_role_failed(name text, sql_state text, message text) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  UPDATE issuer.static_role s SET attempts = s.attempts + 1, sql_state = $2, message = $3,
    next_at = clock_timestamp() + make_interval(secs => least(3600, 2 ^ least(s.attempts + 1, 12))) WHERE s.name = $1
$$;
