-- Signed heads of audit chains. A writer's sequence only goes forward.

-- True when new, false when the very same is there already.
CREATE OR REPLACE FUNCTION issuer.checkpoint_put(
  writer text, sequence bigint, head text, signature text, public_key text, at text
) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  last issuer.checkpoint;
  keep_from bigint;
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
  -- A later checkpoint vouches for all that an earlier one did: of those older than the newest hundred the last of each day stays, which
  -- tells when a log was written anew.
  SELECT c.sequence INTO keep_from FROM issuer.checkpoint c WHERE c.writer = checkpoint_put.writer
  ORDER BY c.sequence DESC OFFSET 99 LIMIT 1;
  DELETE FROM issuer.checkpoint c
  WHERE c.writer = checkpoint_put.writer AND c.sequence < keep_from AND EXISTS (
    SELECT FROM issuer.checkpoint later
    WHERE later.writer = c.writer AND later.sequence > c.sequence AND later.sequence <= keep_from
      AND date_trunc('day', later.stored_at) = date_trunc('day', c.stored_at));
  RETURN true;
END
$$;

-- The newest of each writer, or of one.
DROP FUNCTION IF EXISTS issuer.checkpoint_heads();
CREATE OR REPLACE FUNCTION issuer.checkpoints(writer text, each_max int)
RETURNS TABLE (writer text, sequence bigint, head text, signature text, public_key text, at text)
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  SELECT n.writer, n.sequence, n.head, n.signature, n.public_key, n.at FROM (
    SELECT c.*, row_number() OVER (PARTITION BY c.writer ORDER BY c.sequence DESC) AS place
    FROM issuer.checkpoint c WHERE $1 IS NULL OR c.writer = $1) AS n
  WHERE n.place <= $2 ORDER BY n.stored_at DESC, n.writer
$$;
