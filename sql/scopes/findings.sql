-- Everything that stands between a scope and the claim that it holds: kind, object, whether it refuses the scope or warns, why,
-- the SQL that cures it, and the reason of the `trusted:` entry (kind and object) that accepts it. A scope with `unmasked: true`,
-- or in a database without masks, has no masks to go round: there the roads round them only warn.
CREATE OR REPLACE FUNCTION iss.scope_findings(p_role name, p_definition jsonb)
RETURNS TABLE (kind text, object text, severity text, reason text, cure text, trusted_because text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  masked CONSTANT boolean := NOT coalesce((p_definition ->> 'unmasked')::boolean, false)
    AND (EXISTS (SELECT FROM iss.masked_table) OR EXISTS (SELECT FROM iss.policy_label l WHERE l.kind IS NOT NULL));
BEGIN
  RETURN QUERY
  WITH found(kind, object, severity, reason, cure) AS (
    SELECT 'missing_grant', format('%s (%s)', m.object, m.privilege), 'refuse',
           format('the issuer could not grant it: %s is not a member of its owner %s', current_user, m.owner),
           format('GRANT %I TO %I;', m.owner, current_user)
    FROM iss.scope_missing(p_role, p_definition) m
    UNION ALL
    SELECT * FROM iss.findings_roles(p_role)
    UNION ALL
    SELECT l.kind, CASE l.objects WHEN 'functions' THEN l.objid::regprocedure::text ELSE iss.relation_name(l.objid) END,
           'warn', l.reason, '-- left out of the scope; nothing needs to be done'
    FROM iss.scope_left_out(p_definition) l
    UNION ALL
    SELECT road.kind, road.object, CASE WHEN masked THEN road.severity ELSE 'warn' END, road.reason, road.cure
    FROM (SELECT * FROM iss.findings_rights(p_role)
          UNION ALL SELECT * FROM iss.findings_tables(p_role)
          UNION ALL SELECT * FROM iss.label_problems()
          UNION ALL SELECT * FROM iss.lookup_problems()
          UNION ALL SELECT 'shadow', s.base, 'refuse', s.reason, 'SELECT * FROM iss.shadow_rebuild();'
                    FROM (SELECT * FROM iss.shadow_problems() UNION ALL SELECT * FROM iss.view_problems()) s) AS road
  )
  SELECT DISTINCT ON (f.kind, f.object) f.kind, f.object, f.severity, f.reason, f.cure, (
    SELECT t.entry ->> 'reason'
    FROM iss.rules r, jsonb_array_elements(coalesce(r.definition -> 'trusted', '[]')) AS t(entry)
    WHERE (t.entry ->> 'kind' IS NULL OR t.entry ->> 'kind' = f.kind)
      AND replace(f.object, ' ', '') LIKE iss.like_pattern(replace(t.entry ->> 'object', ' ', ''))
    LIMIT 1)
  FROM found f ORDER BY f.kind, f.object, f.severity;
END
$$;
