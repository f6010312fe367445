-- API tokens: looked up by a keyed digest; the token itself is stored nowhere.

CREATE OR REPLACE FUNCTION issuer.token_create(
  id uuid, person text, name text, groups text[], hash bytea, expires_at timestamptz, created_by text
) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
  IF token_create.expires_at <= clock_timestamp() OR octet_length(token_create.hash) < 16 THEN
    RAISE EXCEPTION USING ERRCODE = 'IS422', MESSAGE = 'a token expires in the future, and is stored as a digest';
  END IF;
  INSERT INTO issuer.api_token (id, person, name, groups, hash, expires_at, created_by)
  VALUES (token_create.id, token_create.person, token_create.name, coalesce(token_create.groups, '{}'), token_create.hash,
    token_create.expires_at, token_create.created_by);
END
$$;

-- Whose token this is, or no row. The time of use is kept to the minute, so that reading writes little.
CREATE OR REPLACE FUNCTION issuer.token_find(hash bytea) RETURNS TABLE (id uuid, person text, name text, groups text[])
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  found_token issuer.api_token;
BEGIN
  SELECT * INTO found_token FROM issuer.api_token t
  WHERE t.hash = token_find.hash AND t.revoked_at IS NULL AND t.expires_at > clock_timestamp();
  IF NOT FOUND THEN
    RETURN;
  END IF;
  UPDATE issuer.api_token t SET last_used_at = clock_timestamp()
  WHERE t.id = found_token.id AND (t.last_used_at IS NULL OR t.last_used_at < clock_timestamp() - interval '1 min');
  RETURN QUERY SELECT found_token.id, found_token.person, found_token.name, found_token.groups;
END
$$;

CREATE OR REPLACE FUNCTION issuer.token_revoke(id uuid, who text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
  UPDATE issuer.api_token t SET revoked_at = coalesce(t.revoked_at, clock_timestamp()), revoked_by = coalesce(t.revoked_by, token_revoke.who)
  WHERE t.id = token_revoke.id;
  IF NOT FOUND THEN
    RAISE EXCEPTION USING ERRCODE = 'IS404', MESSAGE = 'no such token';
  END IF;
END
$$;

CREATE OR REPLACE FUNCTION issuer.tokens_json(person text) RETURNS SETOF jsonb
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  SELECT jsonb_strip_nulls(jsonb_build_object('id', t.id, 'person', t.person, 'name', t.name, 'groups', to_jsonb(t.groups),
    'createdBy', t.created_by, 'createdAt', issuer.rfc3339(t.created_at), 'expiresAt', issuer.rfc3339(t.expires_at),
    'revokedAt', issuer.rfc3339(t.revoked_at), 'lastUsedAt', issuer.rfc3339(t.last_used_at)))
  FROM issuer.api_token t WHERE $1 IS NULL OR t.person = $1 ORDER BY t.created_at DESC
$$;
