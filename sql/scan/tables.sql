-- What `issuerctl scan` looks at, one row for each table: its columns, and the statement that reads a sample of those that can hold
-- text. $1: rows of a sample, $2: tables at most. As the issuer's admin; reads the catalogs only.
--
-- Ordinary and partitioned tables of the applications. No views, rules, foreign tables or virtual columns, whose bodies are somebody's
-- code; a value becomes text by PostgreSQL's own conversions alone (of a domain by its base type's, of other types only where
-- they are text already: citext), so that a sample runs nothing that an application wrote.
--
-- Sizes are those of the last ANALYZE: asking for the real ones would wait for locks.
WITH RECURSIVE tree(root, relid) AS (
  SELECT c.oid, c.oid FROM pg_catalog.pg_class AS c WHERE c.relkind = 'p' AND NOT c.relispartition
  UNION ALL
  SELECT tree.root, i.inhrelid FROM tree JOIN pg_catalog.pg_inherits AS i ON i.inhparent = tree.relid
), partitioned AS (
  SELECT tree.root, sum(greatest(c.relpages, 0)) AS pages, bool_or(c.relkind = 'f') AS is_foreign
  FROM tree JOIN pg_catalog.pg_class AS c ON c.oid = tree.relid
  GROUP BY tree.root
), tables AS (
  SELECT c.oid, n.nspname, c.relname, c.relkind, pg_catalog.pg_get_userbyid(c.relowner) AS owner,
         coalesce(p.pages, c.relpages) AS pages
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  LEFT JOIN partitioned AS p ON p.root = c.oid
  WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
    AND n.nspname <> 'information_schema' AND n.nspname <> 'iss' AND NOT starts_with(n.nspname, 'pg_')
    AND NOT starts_with(n.nspname, 'iss_m_')
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
    -- A partition that is a foreign table would be asked elsewhere, as somebody else.
    AND p.is_foreign IS NOT TRUE
  ORDER BY n.nspname, c.relname
  LIMIT $2::int
), columns AS (
  SELECT t.oid, a.attnum, a.attname, a.attgenerated, pg_catalog.format_type(a.atttypid, NULL) AS type,
         base.oid AS base, coalesce(pg_catalog.col_description(t.oid, a.attnum) LIKE 'mask:%', false) AS commented
  FROM tables AS t
  JOIN pg_catalog.pg_attribute AS a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
  CROSS JOIN LATERAL (
    WITH RECURSIVE down(oid) AS (
      SELECT a.atttypid
      UNION ALL
      SELECT ty.typbasetype FROM down JOIN pg_catalog.pg_type AS ty ON ty.oid = down.oid WHERE ty.typtype = 'd'
    )
    SELECT ty.oid FROM down JOIN pg_catalog.pg_type AS ty ON ty.oid = down.oid WHERE ty.typtype <> 'd'
  ) AS base
), classed AS (
  SELECT columns.*,
         CASE
           WHEN base IN ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype) THEN 'time'
           WHEN base IN ('bigint'::regtype, 'numeric'::regtype) THEN 'number'
           WHEN base IN ('text'::regtype, 'varchar'::regtype, 'bpchar'::regtype, 'name'::regtype, 'json'::regtype, 'jsonb'::regtype,
                         'xml'::regtype, 'text[]'::regtype, 'varchar[]'::regtype) THEN 'text'
           WHEN EXISTS (SELECT FROM pg_catalog.pg_cast AS k
                        WHERE k.castsource = base AND k.casttarget = 'text'::regtype AND k.castmethod = 'b') THEN 'text'
           WHEN base = 'bytea'::regtype THEN 'bytes'
           ELSE 'other' END AS class
  FROM columns
), sampled AS (
  SELECT oid, count(*) AS count,
         string_agg(pg_catalog.format('pg_catalog.left((t.%I)::pg_catalog.text, 2048)', attname), ', ' ORDER BY attnum) AS list
  FROM classed WHERE class IN ('text', 'number') AND attgenerated <> 'v'
  GROUP BY oid
)
SELECT t.nspname AS schema, t.relname AS "table", t.owner,
       (SELECT jsonb_agg(jsonb_build_object(
                 'name', c.attname, 'type', c.type, 'class', c.class, 'isCommented', c.commented,
                 'isSampled', c.class IN ('text', 'number') AND c.attgenerated <> 'v') ORDER BY c.attnum)
        FROM classed AS c WHERE c.oid = t.oid)::text AS columns,
       -- About 500 pages are read, and 64 MiB answered, whatever the table's size.
       (SELECT pg_catalog.format('SELECT %s FROM %s%I.%I AS t TABLESAMPLE SYSTEM (%s) REPEATABLE (1) LIMIT %s', s.list,
                 CASE WHEN t.relkind = 'r' THEN 'ONLY ' ELSE '' END, t.nspname, t.relname,
                 least(100, round(50000.0 / greatest(t.pages, 1), 6)),
                 least($1::int, greatest(1, 67108864 / (2048 * s.count))))
        FROM sampled AS s WHERE s.oid = t.oid) AS sample
FROM tables AS t
