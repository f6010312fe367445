-- The password of a direct delivery is handed out once. True for the first caller, false for every one after it.
CREATE OR REPLACE FUNCTION issuer.hand_out(lease_id uuid) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE issuer.lease SET handed_out_at = clock_timestamp()
  WHERE id = hand_out.lease_id AND state = 'active' AND handed_out_at IS NULL;
  RETURN FOUND;
END
$$;
