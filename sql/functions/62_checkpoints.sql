-- Signed heads of audit chains. A writer's sequence only goes forward.

-- True when new, false when the very same is there already.
CREATE OR REPLACE FUNCTION issuer.checkpoint_put(
  writer text, sequence bigint, head text, signature text, public_key text, at text
) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  last issuer.checkpoint;
BEGIN
  -- One at a time for each writer, also for its first.
  PERFORM pg_advisory_xact_lock(('x' || substr(md5('issuer checkpoint ' || checkpoint_put.writer), 1, 16))::bit(64)::bigint);
  SELECT * INTO last FROM issuer.checkpoint c WHERE c.writer = checkpoint_put.writer ORDER BY c.sequence DESC LIMIT 1;
  IF last.sequence = checkpoint_put.sequence AND last.head = checkpoint_put.head THEN
    RETURN false;
  ELSIF last.sequence >= checkpoint_put.sequence THEN
    RAISE EXCEPTION USING ERRCODE = 'IS409',
      MESSAGE = format('writer %s is at sequence %s already with another head', checkpoint_put.writer, last.sequence),
      HINT = 'its log was cut or written anew: issuerctl audit verify';
  END IF;
  INSERT INTO issuer.checkpoint (writer, sequence, head, signature, public_key, at)
  VALUES (checkpoint_put.writer, checkpoint_put.sequence, checkpoint_put.head, checkpoint_put.signature, checkpoint_put.public_key,
    checkpoint_put.at);
  RETURN true;
END
$$;

CREATE OR REPLACE FUNCTION issuer.checkpoint_heads()
RETURNS TABLE (writer text, sequence bigint, head text, signature text, public_key text, at text)
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  SELECT DISTINCT ON (c.writer) c.writer, c.sequence, c.head, c.signature, c.public_key, c.at
  FROM issuer.checkpoint c ORDER BY c.writer, c.sequence DESC
$$;
