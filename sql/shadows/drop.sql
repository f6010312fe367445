-- Takes shadows away, as a migration needs it (a view holds on to its table's columns). Nothing opens by it: the scope roles
-- keep their column grants without the masked columns, and readers of the shadows get 42P01 until iss.shadow_rebuild().
-- CASCADE takes what hung on the shadow; only a lease can have hung something there.
CREATE OR REPLACE FUNCTION iss.shadow_drop_one(p_relid oid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $$
DECLARE
  shadow text;
BEGIN
  SELECT iss.relation_name(v.oid) INTO shadow FROM iss.shadow s JOIN pg_class v ON v.oid = s.viewid
  WHERE s.relid = p_relid AND v.relkind = 'v' AND v.relowner = 'iss_mask_owner'::regrole;
  IF shadow IS NOT NULL THEN EXECUTE format('DROP VIEW %s CASCADE', shadow); END IF;
  DELETE FROM iss.shadow WHERE relid = p_relid;
END
$$;

-- All shadows and copies of views, or those of the tables and views given and of what reads them. Returns how many shadows.
CREATE OR REPLACE FUNCTION iss.shadow_drop(p_relids oid[] DEFAULT NULL) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  item oid;
  dropped integer := 0;
BEGIN
  PERFORM iss.lock_database();
  FOR item IN SELECT c.relid FROM iss.view_copy c
              WHERE p_relids IS NULL OR c.relid = ANY (p_relids)
                 OR EXISTS (SELECT FROM iss.view_reads(c.viewid) x WHERE x.relid = ANY (p_relids)) LOOP
    -- Its row stays, so that it is known to be missing.
    PERFORM iss.view_drop_one(item, false);
  END LOOP;
  FOR item IN SELECT s.relid FROM iss.shadow s WHERE p_relids IS NULL OR s.relid = ANY (p_relids) LOOP
    PERFORM iss.shadow_drop_one(item);
    dropped := dropped + 1;
  END LOOP;
  RETURN dropped;
END
$$;
