-- What the proxy must know of masked tables, in the words of Sources/Policy/SessionPolicy.swift (MaskedTable), as one JSON
-- array; none for the role of an unmasked scope. A column that nobody may see yet is told as `deny`, so that the guard on the wire knows its number.
CREATE OR REPLACE FUNCTION iss.masked_tables(p_role name) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(jsonb_agg(jsonb_build_object(
    'schema', n.nspname, 'table', b.relname, 'tableOID', b.oid::bigint,
    'shadowSchema', vn.nspname, 'shadowOID', v.oid::bigint,
    'columns', (
      SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
        'name', c.attname, 'number', c.attnum, 'type', format_type(c.atttypid, c.atttypmod),
        'mask', CASE c.state WHEN 'unknown' THEN 'deny' ELSE c.mask END,
        'rule', CASE c.state WHEN 'unknown' THEN 'not labelled and not declared free' ELSE c.rule END,
        'lookup', iss.lookup_json(c.relid, c.attnum))) ORDER BY c.attnum)
      FROM iss.masked_column c WHERE c.relid = b.oid),
    'primaryKey', coalesce((
      SELECT jsonb_agg(a.attname ORDER BY k.n)
      FROM pg_index i, unnest(i.indkey::smallint[]) WITH ORDINALITY AS k(attnum, n), pg_attribute a
      WHERE i.indrelid = b.oid AND i.indisprimary AND k.n <= i.indnkeyatts
        AND a.attrelid = b.oid AND a.attnum = k.attnum), '[]')) ORDER BY n.nspname, b.relname), '[]')
  FROM iss.shadow s
    JOIN pg_class b ON b.oid = s.relid JOIN pg_namespace n ON n.oid = b.relnamespace
    JOIN pg_class v ON v.oid = s.viewid JOIN pg_namespace vn ON vn.oid = v.relnamespace
  WHERE NOT EXISTS (SELECT FROM iss.scope x
                    WHERE x.role_name = p_role AND coalesce((x.definition ->> 'unmasked')::boolean, false))
$$;
