-- Which columns of a view show masked values, for explanations, the audit log and hints: those that come straight from a masked
-- column, by the origins that the parser left in the view's rule, and those that are computed where a masked column is read. Too many
-- rather than too few.
CREATE OR REPLACE FUNCTION iss.view_columns(p_relid oid)
RETURNS TABLE (attnum smallint, attname name, type text, mask text, rule text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN QUERY
  WITH source AS MATERIALIZED (
    SELECT m.relid, m.attnum, coalesce(m.mask, 'deny') AS mask, coalesce(m.rule, 'not labelled and not declared free') AS rule
    FROM iss.view_reads(p_relid) x JOIN iss.masked_column m ON m.relid = x.relid AND m.state <> 'free'
    UNION ALL
    SELECT x.relid, v.attnum, v.mask, v.rule
    FROM iss.view_reads(p_relid) x JOIN iss.view_copy c ON c.relid = x.relid, LATERAL iss.view_columns(x.relid) v
    WHERE v.mask IS NOT NULL
  ), entry AS MATERIALIZED (
    SELECT regexp_replace(e.part[1], '\\(.)', '\1', 'g') AS name, e.part[2]::oid AS relid, e.part[3]::integer AS attnum
    FROM pg_rewrite r, regexp_matches(r.ev_action::text,
      ':resname ((?:\\.|[^ \\])+) :ressortgroupref \d+ :resorigtbl (\d+) :resorigcol (\d+)', 'g') AS e(part)
    WHERE r.ev_class = p_relid
  ), reads AS (
    SELECT EXISTS (
      SELECT FROM pg_rewrite r
        JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
        JOIN source s ON s.relid = d.refobjid AND d.refobjsubid IN (0, s.attnum)
      WHERE r.ev_class = p_relid) AND NOT iss.view_reads_as_caller(p_relid) AS masked
  )
  SELECT a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), found.mask, found.rule
  FROM pg_attribute a LEFT JOIN LATERAL (
    SELECT o.mask, o.rule FROM (
      SELECT 1 AS rank, s.mask, s.rule FROM entry e JOIN source s ON s.relid = e.relid AND s.attnum = e.attnum
      WHERE e.name = a.attname
      UNION ALL
      SELECT 2, 'redact', 'computed where masked columns are read' FROM entry e, reads
      WHERE reads.masked AND e.name = a.attname AND e.relid = 0) AS o
    ORDER BY o.rank LIMIT 1) AS found ON true
  WHERE a.attrelid = p_relid AND a.attnum > 0 AND NOT a.attisdropped;
END
$$;

-- What the proxy must know of masked tables and of views that read them, in the words of Sources/Policy/SessionPolicy.swift
-- (MaskedTable), as one JSON array; none for the role of an unmasked scope. A column that nobody may see yet is told as `deny`, so that
-- the guard on the wire knows its number. A best-effort role reads the base: it is told of views that have no masked copy, and of
-- statistics, too, and of no look-ups.
CREATE OR REPLACE FUNCTION iss.masked_tables(p_role name) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  WITH best AS MATERIALIZED (
    SELECT EXISTS (SELECT FROM iss.scope x WHERE x.role_name = p_role AND x.definition ->> 'enforcement' = 'best-effort') AS effort
  ), ungroupable AS MATERIALIZED (
    SELECT t.oid FROM (SELECT DISTINCT c.atttypid AS oid FROM iss.masked_column c) AS t WHERE NOT iss.is_groupable(t.oid)
  )
  SELECT coalesce(jsonb_agg(jsonb_build_object(
    'schema', n.nspname, 'table', b.relname, 'tableOID', b.oid::bigint,
    'shadowSchema', vn.nspname, 'shadowOID', v.oid::bigint,
    'rowTypes', jsonb_build_array(
      jsonb_build_object('shadow', v.reltype::bigint, 'base', b.reltype::bigint),
      jsonb_build_object('shadow', coalesce((SELECT t.typarray::bigint FROM pg_type t WHERE t.oid = v.reltype), 0),
        'base', coalesce((SELECT t.typarray::bigint FROM pg_type t WHERE t.oid = b.reltype), 0))),
    'columns', CASE x.kind
      WHEN 'table' THEN (
        SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
          'name', c.attname, 'number', c.attnum, 'type', format_type(c.atttypid, c.atttypmod),
          'mask', CASE c.state WHEN 'unknown' THEN 'deny' ELSE c.mask END,
          'rule', CASE c.state WHEN 'unknown' THEN 'not labelled and not declared free' ELSE c.rule END,
          'lookup', CASE WHEN NOT best.effort THEN iss.lookup_json(c.relid, c.attnum) END,
          'groupable', CASE WHEN c.atttypid IN (SELECT u.oid FROM ungroupable u) THEN false END)) ORDER BY c.attnum)
        FROM iss.masked_column c WHERE c.relid = b.oid)
      WHEN 'statistics' THEN (
        SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
          'name', a.attname, 'number', a.attnum, 'type', format_type(a.atttypid, a.atttypmod),
          'mask', CASE WHEN a.attname ~ '(_vals|_bounds|_elems|_histogram)$' THEN 'null' END,
          'rule', CASE WHEN a.attname ~ '(_vals|_bounds|_elems|_histogram)$' THEN 'statistics hold values' END)) ORDER BY a.attnum)
        FROM pg_attribute a WHERE a.attrelid = b.oid AND a.attnum > 0 AND NOT a.attisdropped)
      ELSE (
        SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
          'name', c.attname, 'number', c.attnum, 'type', c.type, 'mask', c.mask, 'rule', c.rule)) ORDER BY c.attnum)
        FROM iss.view_columns(b.oid) c) END,
    'primaryKey', coalesce((
      SELECT jsonb_agg(k.attname ORDER BY k.n) FROM iss.key_columns(b.oid) k), '[]')) ORDER BY n.nspname, b.relname), '[]')
  FROM best, LATERAL (
        SELECT 'table' AS kind, s.relid, s.viewid FROM iss.shadow s
        UNION ALL
        SELECT 'view', c.relid, c.viewid FROM iss.view_copy c WHERE c.viewid IS NOT NULL
        UNION ALL
        SELECT 'view', r.relid, r.relid FROM iss.masked_reader r
        WHERE best.effort AND r.relid NOT IN (SELECT c.relid FROM iss.view_copy c WHERE c.viewid IS NOT NULL)
          AND r.relid NOT IN (SELECT c.viewid FROM iss.view_copy c WHERE c.viewid IS NOT NULL)
        UNION ALL
        SELECT 'statistics', p.oid, p.oid FROM pg_class p
        WHERE best.effort AND p.oid IN (to_regclass('pg_catalog.pg_stats'), to_regclass('pg_catalog.pg_stats_ext'), to_regclass('pg_catalog.pg_stats_ext_exprs'))
      ) AS x
    JOIN pg_class b ON b.oid = x.relid JOIN pg_namespace n ON n.oid = b.relnamespace
    JOIN pg_class v ON v.oid = x.viewid JOIN pg_namespace vn ON vn.oid = v.relnamespace
  WHERE NOT EXISTS (SELECT FROM iss.scope x
                    WHERE x.role_name = p_role AND coalesce((x.definition ->> 'unmasked')::boolean, false))
$$;
