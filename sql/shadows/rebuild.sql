-- After DDL: labels again (pins, comments, new partitions), shadows again, and every scope role's grants again.
CREATE OR REPLACE FUNCTION iss.shadow_rebuild() RETURNS TABLE (base text, action text, detail text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
BEGIN
  PERFORM iss.labels_load();
  RETURN QUERY SELECT * FROM iss.shadow_build();
  PERFORM iss.scopes_apply();
END
$$;
