-- Everything that stands between a scope and the claim that it holds: kind, object, whether it refuses the scope or warns, why,
-- the SQL that cures it, and the reason of the `trusted:` entry (kind and object) that accepts it. A scope with `unmasked: true`,
-- or in a database without masks, has no masks to go round: there the roads round them only warn. So they do where policy says
-- `enforcement: best-effort`, whose leases may read everything anyway.
CREATE OR REPLACE FUNCTION iss.scope_findings(p_role name, p_definition jsonb)
RETURNS TABLE (kind text, object text, severity text, reason text, cure text, trusted_because text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  labelled CONSTANT boolean := NOT coalesce((p_definition ->> 'unmasked')::boolean, false)
    AND (EXISTS (SELECT FROM iss.masked_table) OR EXISTS (SELECT FROM iss.policy_label l WHERE l.kind IS NOT NULL));
  masked CONSTANT boolean := labelled AND coalesce(p_definition ->> 'enforcement', 'strict') = 'strict';
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
    SELECT * FROM iss.findings_existing_role(p_role, p_definition)
    UNION ALL
    SELECT p.kind, p.object, CASE WHEN labelled THEN p.severity ELSE 'warn' END, p.reason, p.cure FROM iss.label_problems() p
    UNION ALL
    SELECT l.kind, CASE l.objects WHEN 'functions' THEN l.objid::regprocedure::text ELSE iss.relation_name(l.objid) END,
           'warn', l.reason, '-- left out of the scope; nothing needs to be done'
    FROM iss.scope_left_out(p_definition) l
    UNION ALL
    SELECT road.kind, road.object, CASE WHEN masked THEN road.severity ELSE 'warn' END, road.reason, road.cure
    FROM (SELECT * FROM iss.findings_rights(p_role)
          UNION ALL SELECT * FROM iss.findings_tables(p_role)
          UNION ALL SELECT * FROM iss.findings_structure(p_role)
          UNION ALL SELECT * FROM iss.lookup_problems()
          UNION ALL SELECT 'shadow', s.base, 'refuse', s.reason, 'SELECT * FROM iss.shadow_rebuild();'
                    FROM (SELECT * FROM iss.shadow_problems() UNION ALL SELECT * FROM iss.view_problems()) s) AS road
    -- What the existing role may read is told by itself.
    WHERE NOT (road.kind = 'public_select' AND p_definition ? 'role')
  )
  -- What an existing role is no `trusted:` entry makes harmless.
  SELECT DISTINCT ON (f.kind, f.object) f.kind, f.object, f.severity, f.reason, f.cure, CASE
    WHEN f.kind IN ('existing_role', 'existing_role_grant', 'existing_role_reads', 'best_effort') THEN NULL ELSE (
    SELECT t.entry ->> 'reason'
    FROM iss.rules r, jsonb_array_elements(coalesce(r.definition -> 'trusted', '[]')) AS t(entry)
    WHERE (t.entry ->> 'kind' IS NULL OR t.entry ->> 'kind' = f.kind)
      AND replace(f.object, ' ', '') LIKE iss.like_pattern(replace(t.entry ->> 'object', ' ', ''))
    LIMIT 1) END
  FROM found f ORDER BY f.kind, f.object, f.severity;
END
$$;
