-- What iss_mask_owner may do with relations and need not: tables that lost their labels, relations that no copy reads any more, columns
-- by which no scope locks rows (locking.sql).
CREATE OR REPLACE FUNCTION iss.mask_owner_excess() RETURNS TABLE (relid oid, attnum smallint, privilege text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT held.* FROM iss.scope_actual('iss_mask_owner'::regrole) AS a(class, objid, attnum, privilege),
       LATERAL (SELECT a.objid, a.attnum, a.privilege) AS held(relid, attnum, privilege)
    JOIN pg_class c ON c.oid = held.relid
  WHERE a.class = 'relation' AND c.relowner <> 'iss_mask_owner'::regrole AND c.relnamespace <> 'iss'::regnamespace
    AND NOT (held.attnum = 0 AND held.privilege = 'SELECT' AND (
      held.relid IN (SELECT m.relid FROM iss.masked_table m)
      OR held.relid IN (SELECT x.counterpart FROM iss.view_copy v, iss.view_counterparts(v.relid) x WHERE v.viewid IS NOT NULL)))
    AND NOT (held.privilege = 'UPDATE' AND (held.relid, held.attnum) IN (SELECT l.relid, l.attnum FROM iss.locking_in_use() l))
$$;

-- Gives it what row locks need, and takes what nothing needs. What it reads it gets when shadows and copies are built.
DROP FUNCTION IF EXISTS iss.mask_owner_revoke();
CREATE OR REPLACE FUNCTION iss.mask_owner_apply() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  item record;
BEGIN
  FOR item IN
    SELECT 'GRANT %s TO iss_mask_owner' AS statement, iss.grant_clause('relation', l.relid, 'UPDATE', ARRAY[l.attnum]) AS clause
    FROM iss.locking_in_use() l WHERE NOT has_column_privilege('iss_mask_owner', l.relid, l.attnum, 'UPDATE')
    UNION ALL
    SELECT 'REVOKE %s FROM iss_mask_owner', iss.grant_clause('relation', e.relid, e.privilege, array_agg(e.attnum))
    FROM iss.mask_owner_excess() e GROUP BY e.relid, e.privilege, e.attnum = 0
  LOOP
    BEGIN
      EXECUTE format(item.statement, item.clause);
    EXCEPTION WHEN insufficient_privilege THEN
      NULL;  -- Whoever gave it keeps it; findings_roles.sql tells.
    END;
  END LOOP;
END
$$;
