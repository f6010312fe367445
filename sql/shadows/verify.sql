-- Whether each masked table has its shadow, and the shadow is what it should be. No rows: all is well.
CREATE OR REPLACE FUNCTION iss.shadow_problems(p_relid oid DEFAULT NULL) RETURNS TABLE (base text, reason text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  WITH checked AS (
    SELECT m.relid, b.relname AS base_name, bn.nspname AS base_schema, s.viewid, s.source_digest, s.definition_digest,
           v.relkind, v.relowner, v.relname AS view_name, vn.nspname AS view_schema
    FROM iss.masked_table m
      JOIN pg_class b ON b.oid = m.relid
      JOIN pg_namespace bn ON bn.oid = b.relnamespace
      LEFT JOIN iss.shadow s ON s.relid = m.relid
      LEFT JOIN pg_class v ON v.oid = s.viewid
      LEFT JOIN pg_namespace vn ON vn.oid = v.relnamespace
    WHERE p_relid IS NULL OR m.relid = p_relid
  )
  SELECT format('%I.%I', c.base_schema, c.base_name), problem.reason
  FROM checked c, LATERAL (
    SELECT 'the shadow is missing' WHERE c.relkind IS NULL
    UNION ALL SELECT 'the shadow is not a view' WHERE c.relkind <> 'v'
    UNION ALL SELECT 'the shadow is not owned by iss_mask_owner' WHERE c.relowner <> 'iss_mask_owner'::regrole
    UNION ALL SELECT 'the shadow bears another name than its table'
      WHERE c.view_name <> c.base_name OR c.view_schema <> iss.shadow_schema(c.base_schema)
    UNION ALL SELECT 'columns, types or collations differ from the base'
      WHERE iss.column_shape(c.viewid) IS DISTINCT FROM iss.shadow_shape(c.relid) AND c.relkind IS NOT NULL
    UNION ALL SELECT 'labels changed since it was built' WHERE c.source_digest <> iss.digest(iss.shadow_source(c.relid))
    UNION ALL SELECT 'its definition was changed' WHERE c.definition_digest <> iss.digest(pg_get_viewdef(c.viewid))
    UNION ALL SELECT 'iss_mask_owner may not read the table'
      WHERE NOT has_table_privilege('iss_mask_owner', c.relid, 'SELECT')
    UNION ALL SELECT 'the shadow reads another relation than its table and iss.key'
      FROM pg_rewrite r JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
      WHERE r.ev_class = c.viewid AND d.refclassid = 'pg_class'::regclass
        AND d.refobjid NOT IN (c.viewid, c.relid, 'iss.key'::regclass)
  ) AS problem(reason)
$$;

-- One row for each masked table and for each view that reads one, for people.
CREATE OR REPLACE FUNCTION iss.shadow_status()
RETURNS TABLE (base text, shadow text, masked_columns text[], unknown_columns text[], state text, built_at timestamptz)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT iss.relation_name(m.relid), iss.relation_name(s.viewid),
         array(SELECT format('%s: %s', c.attname, c.mask) FROM iss.masked_column c
               WHERE c.relid = m.relid AND c.state = 'masked' ORDER BY c.attnum),
         array(SELECT c.attname::text FROM iss.masked_column c
               WHERE c.relid = m.relid AND c.state = 'unknown' ORDER BY c.attnum),
         coalesce((SELECT string_agg(p.reason, '; ') FROM iss.shadow_problems(m.relid) p), 'ok'),
         s.built_at
  FROM iss.masked_table m LEFT JOIN iss.shadow s USING (relid)
  UNION ALL
  SELECT iss.relation_name(r.relid), iss.relation_name(c.viewid), '{}', '{}',
         coalesce((SELECT string_agg(p.reason, '; ') FROM iss.view_problems(r.relid) p), 'left out: ' || c.reason, 'ok'), c.built_at
  FROM iss.masked_reader r LEFT JOIN iss.view_copy c USING (relid)
  WHERE r.relkind = 'v'
  ORDER BY 1
$$;
