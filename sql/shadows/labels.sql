-- Labels: which column is masked, how, and who says so.
--
-- What policy says of a database (DatabaseRules of Sources/Policy, as JSON):
--   {"masks":   [{"schema": "public", "table": "users", "column": "*email", "typePattern": null, "kind": "email",
--                 "rule": "public.users.*email: email"}, ...],
--    "trusted": [{"kind": "definer_function", "object": "public.f(integer)", "reason": "..."}, ...]}
-- A label that names one column beats patterns, patterns beat types, and the first beats the later; without a kind it declares
-- one column free. COMMENT ON COLUMN ... 'mask: email' adds a label or raises one, and never clears or weakens: when the comment
-- goes, the label stays until policy declares the column free.

-- How close a label comes to a column: 1 names it, 2 matches its name, 3 its type; NULL does not mean it.
CREATE OR REPLACE FUNCTION iss.label_rank(p_label jsonb, p_schema name, p_table name, p_column name, p_types text[])
RETURNS integer
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE
    WHEN p_label ->> 'typePattern' IS NOT NULL THEN
      CASE WHEN p_types[1] LIKE iss.like_pattern(p_label ->> 'typePattern')
             OR p_types[2] LIKE iss.like_pattern(p_label ->> 'typePattern')
             OR p_types[3] LIKE iss.like_pattern(p_label ->> 'typePattern') THEN 3 END
    WHEN p_schema LIKE iss.like_pattern(p_label ->> 'schema') AND p_table LIKE iss.like_pattern(p_label ->> 'table')
         AND p_column LIKE iss.like_pattern(p_label ->> 'column') THEN
      CASE WHEN concat(p_label ->> 'schema', p_label ->> 'table', p_label ->> 'column') ~ '[*?]' THEN 2 ELSE 1 END
  END
$$;

-- What names a label, as long as it stands in policy.
CREATE OR REPLACE FUNCTION iss.label_pattern(p_label jsonb) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce('type:' || (p_label ->> 'typePattern'),
                  concat_ws('.', p_label ->> 'schema', p_label ->> 'table', p_label ->> 'column'))
$$;

-- The labels that policy said last.
CREATE OR REPLACE VIEW iss.policy_label AS
SELECT x.label, x.number, iss.label_pattern(x.label) AS pattern, x.label ->> 'kind' AS kind
FROM iss.rules r, LATERAL pg_catalog.jsonb_array_elements(coalesce(r.definition -> 'masks', '[]')) WITH ORDINALITY AS x(label, number);

-- Columns that may bear a label: of tables, partitioned tables and foreign tables that are not PostgreSQL's or ours.
CREATE OR REPLACE VIEW iss.labelable_column AS
SELECT c.oid AS relid, a.attnum, n.nspname AS schema_name, c.relname AS table_name, a.attname AS column_name,
       ARRAY[pg_catalog.format_type(a.atttypid, a.atttypmod), pg_catalog.format_type(a.atttypid, NULL), t.typname::text] AS types
FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
WHERE c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't' AND iss.is_governed_schema(n.nspname);

-- What policy says of each column now: the best label that means it; `kind` is NULL for a column declared free.
CREATE OR REPLACE FUNCTION iss.policy_labels()
RETURNS TABLE (relid oid, attnum smallint, kind text, options jsonb, pattern text, rule text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT DISTINCT ON (c.relid, c.attnum)
         c.relid, c.attnum, l.kind,
         coalesce(l.label -> 'options', '{}') || jsonb_strip_nulls(jsonb_build_object('lookup', l.label -> 'lookup')),
         l.pattern, coalesce(l.label ->> 'rule', l.pattern)
  FROM iss.policy_label l, iss.labelable_column c,
       LATERAL iss.label_rank(l.label, c.schema_name, c.table_name, c.column_name, c.types) AS closeness
  WHERE closeness IS NOT NULL
  ORDER BY c.relid, c.attnum, closeness, l.number
$$;

-- What column comments label. A comment with an unknown kind still means that somebody wants the column masked.
CREATE OR REPLACE FUNCTION iss.comment_labels() RETURNS TABLE (relid oid, attnum smallint, mask text, rule text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT c.relid, c.attnum,
         CASE WHEN iss.mask_rank(said.kind) IS NULL THEN 'redact' ELSE said.kind END,
         format('comment on %I.%I.%I%s', c.schema_name, c.table_name, c.column_name,
                CASE WHEN iss.mask_rank(said.kind) IS NULL THEN ' (unknown kind ' || said.kind || ')' ELSE '' END)
  FROM iss.labelable_column c,
       LATERAL (SELECT lower(substring(col_description(c.relid, c.attnum) FROM '(?i)\mmask:\s*([a-z0-9_]+)')) AS kind) AS said
  WHERE said.kind IS NOT NULL
$$;

-- Whether policy declares the column free, by its present name or that last seen.
CREATE OR REPLACE FUNCTION iss.is_declared_free(p_schema name, p_table name, p_column name) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT EXISTS (SELECT FROM iss.policy_label l
                 WHERE l.kind IS NULL AND iss.label_rank(l.label, p_schema, p_table, p_column, '{}') = 1)
$$;

-- Pins that nothing upholds any more. What stays: labels of policy whose pattern still stands there (a renamed column keeps its
-- mask), labels of comments until policy declares the column free, and pins of columns that are gone while one of the same name
-- exists.
CREATE OR REPLACE FUNCTION iss.labels_release() RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  DELETE FROM iss.column_label l
  WHERE l.source IN ('inherited', 'generated')
     OR l.source = 'policy' AND NOT EXISTS (SELECT FROM iss.policy_label p WHERE p.pattern = l.pattern AND p.kind IS NOT NULL)
     OR iss.is_declared_free(l.schema_name, l.table_name, l.column_name)
     OR NOT EXISTS (SELECT FROM iss.labelable_column c WHERE c.relid = l.relid AND c.attnum = l.attnum)
        AND NOT EXISTS (SELECT FROM iss.labelable_column c
                        WHERE (c.schema_name, c.table_name, c.column_name) = (l.schema_name, l.table_name, l.column_name))
$$;

-- Down to partitions and children, and up: who may read the parent reads the child's rows through it. By column name, as
-- inheritance itself goes.
CREATE OR REPLACE FUNCTION iss.labels_inherit() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  LOOP
    INSERT INTO iss.column_label (relid, attnum, schema_name, table_name, column_name, mask, options, source, pattern, rule)
    SELECT DISTINCT ON (c.relid, c.attnum) c.relid, c.attnum, c.schema_name, c.table_name, c.column_name, l.mask, l.options,
           'inherited', l.pattern, l.rule
    FROM pg_inherits i
      CROSS JOIN LATERAL (VALUES (i.inhparent, i.inhrelid), (i.inhrelid, i.inhparent)) AS edge(source, target)
      JOIN iss.column_label l ON l.relid = edge.source
      JOIN pg_attribute a ON a.attrelid = l.relid AND a.attnum = l.attnum AND NOT a.attisdropped
      JOIN iss.labelable_column c ON c.relid = edge.target AND c.column_name = a.attname
    ORDER BY c.relid, c.attnum, iss.mask_rank(l.mask) DESC, l.relid
    ON CONFLICT (relid, attnum) DO NOTHING;
    EXIT WHEN NOT FOUND;
  END LOOP;
END
$$;

-- A generated column that reads a masked one is masked too, whole. PostgreSQL 13 and 14 record the dependency of the column
-- itself, later ones that of its expression.
CREATE OR REPLACE FUNCTION iss.labels_generate() RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO iss.column_label (relid, attnum, schema_name, table_name, column_name, mask, source, rule)
  SELECT DISTINCT ON (c.relid, c.attnum) c.relid, c.attnum, c.schema_name, c.table_name, c.column_name, 'null', 'generated',
         format('generated from %I (%s)', source.attname, l.rule)
  FROM pg_attribute a
    JOIN pg_attrdef x ON x.adrelid = a.attrelid AND x.adnum = a.attnum
    JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = a.attrelid AND d.refobjsubid > 0
         AND d.refobjsubid <> a.attnum
         AND (d.classid = 'pg_attrdef'::regclass AND d.objid = x.oid
              OR d.classid = 'pg_class'::regclass AND d.objid = a.attrelid AND d.objsubid = a.attnum)
    JOIN iss.column_label l ON l.relid = a.attrelid AND l.attnum = d.refobjsubid
    JOIN pg_attribute source ON source.attrelid = l.relid AND source.attnum = l.attnum
    JOIN iss.labelable_column c ON c.relid = a.attrelid AND c.attnum = a.attnum
  WHERE a.attgenerated <> ''
  ORDER BY c.relid, c.attnum, l.attnum
  ON CONFLICT (relid, attnum) DO NOTHING
$$;

-- Which tables are masked, and which of their columns count as free. A table's first label takes its columns of that moment as
-- known; later ones must be labelled or declared free.
CREATE OR REPLACE FUNCTION iss.masked_tables_refresh() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  DELETE FROM iss.masked_table m
  WHERE NOT EXISTS (SELECT FROM iss.column_label l WHERE l.relid = m.relid) OR iss.relation_name(m.relid) IS NULL;
  INSERT INTO iss.masked_table (relid, known_columns)
  SELECT c.relid, array_agg(c.attnum ORDER BY c.attnum)
  FROM iss.labelable_column c
  WHERE c.relid IN (SELECT l.relid FROM iss.column_label l)
  GROUP BY c.relid
  ON CONFLICT (relid) DO NOTHING;
  UPDATE iss.masked_table m SET known_columns = (
    SELECT array_agg(DISTINCT k.attnum ORDER BY k.attnum)
    FROM (SELECT unnest(m.known_columns) AS attnum
          UNION ALL
          SELECT c.attnum FROM iss.labelable_column c
          WHERE c.relid = m.relid AND iss.is_declared_free(c.schema_name, c.table_name, c.column_name)) AS k);
  UPDATE iss.column_label l SET schema_name = c.schema_name, table_name = c.table_name, column_name = c.column_name
  FROM iss.labelable_column c
  WHERE c.relid = l.relid AND c.attnum = l.attnum
    AND (c.schema_name, c.table_name, c.column_name) IS DISTINCT FROM (l.schema_name, l.table_name, l.column_name);
END
$$;

-- Takes the masks of policy, the comments and the pins together. NULL takes the rules loaded last again (after DDL). Raises
-- 22023 on a kind that does not exist. What could not be placed is told by iss.label_problems().
CREATE OR REPLACE FUNCTION iss.labels_load(p_rules jsonb DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
  wrong text;
BEGIN
  PERFORM iss.lock_database();
  IF p_rules IS NOT NULL THEN
    INSERT INTO iss.rules (definition) VALUES (p_rules)
    ON CONFLICT (id) DO UPDATE SET definition = excluded.definition, loaded_at = now();
  END IF;
  SELECT l.kind INTO wrong FROM iss.policy_label l WHERE l.kind IS NOT NULL AND iss.mask_rank(l.kind) IS NULL LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'mask kind % does not exist', wrong USING ERRCODE = '22023',
      HINT = 'Use one of redact, partial, email, last4, hash, year, month, bucket, null, deny.';
  END IF;

  PERFORM iss.labels_release();
  INSERT INTO iss.column_label (relid, attnum, schema_name, table_name, column_name, mask, options, source, pattern, rule)
  SELECT p.relid, p.attnum, c.schema_name, c.table_name, c.column_name, p.kind, p.options, 'policy', p.pattern, p.rule
  FROM iss.policy_labels() p JOIN iss.labelable_column c USING (relid, attnum)
  WHERE p.kind IS NOT NULL
  ON CONFLICT (relid, attnum) DO UPDATE SET
    mask = excluded.mask, options = excluded.options, source = 'policy', pattern = excluded.pattern, rule = excluded.rule;
  INSERT INTO iss.column_label (relid, attnum, schema_name, table_name, column_name, mask, source, rule)
  SELECT k.relid, k.attnum, c.schema_name, c.table_name, c.column_name, k.mask, 'comment', k.rule
  FROM iss.comment_labels() k JOIN iss.labelable_column c USING (relid, attnum)
  ON CONFLICT (relid, attnum) DO UPDATE SET mask = excluded.mask, options = '{}', rule = excluded.rule
  WHERE iss.mask_rank(excluded.mask) > iss.mask_rank(column_label.mask);
  PERFORM iss.labels_inherit();
  PERFORM iss.labels_generate();
  PERFORM iss.labels_inherit();
  -- A pin of a column that is gone has done its duty once the column of that name is labelled again.
  DELETE FROM iss.column_label l
  WHERE NOT EXISTS (SELECT FROM iss.labelable_column c WHERE c.relid = l.relid AND c.attnum = l.attnum)
    AND EXISTS (SELECT FROM iss.labelable_column c JOIN iss.column_label n USING (relid, attnum)
                WHERE (c.schema_name, c.table_name, c.column_name) = (l.schema_name, l.table_name, l.column_name));
  PERFORM iss.masked_tables_refresh();
END
$$;

-- Labels that found nothing, and masks that would be lost. `refuse` rows keep every masked scope from loading.
CREATE OR REPLACE FUNCTION iss.label_problems()
RETURNS TABLE (kind text, object text, severity text, reason text, cure text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT 'label_matches_nothing', l.pattern,
         CASE WHEN l.pattern ~ '[*?]|^type:' THEN 'warn' ELSE 'refuse' END,
         format('the label %s matches no column%s', l.pattern,
                coalesce((SELECT format('; the column that bore it is now %I.%I.%I, and keeps its mask',
                                        c.schema_name, c.table_name, c.column_name)
                          FROM iss.column_label k JOIN iss.labelable_column c USING (relid, attnum)
                          WHERE k.pattern = l.pattern AND k.source = 'policy' LIMIT 1), '')),
         '-- correct or remove the label in the policy file'
  FROM iss.policy_label l
  WHERE NOT EXISTS (SELECT FROM iss.labelable_column c
                    WHERE iss.label_rank(l.label, c.schema_name, c.table_name, c.column_name, c.types) IS NOT NULL)
  UNION ALL
  SELECT 'label_lost', format('%I.%I.%I', l.schema_name, l.table_name, l.column_name), 'refuse',
         format('the column was dropped or its table made again, and the new one lacks the mask %s (%s)', l.mask, l.rule),
         format('-- label it in the policy file or declare it free there, or: COMMENT ON COLUMN %I.%I.%I IS %L;',
                l.schema_name, l.table_name, l.column_name, 'mask: ' || l.mask)
  FROM iss.column_label l
  WHERE NOT EXISTS (SELECT FROM iss.labelable_column c WHERE c.relid = l.relid AND c.attnum = l.attnum)
  UNION ALL
  SELECT 'unknown_column', format('%s.%I', iss.relation_name(c.relid), c.attname), 'warn',
         'the column came after its table was labelled; nobody sees it until it is labelled or declared free',
         format('-- in the policy file: label %s.%I, or declare it free', iss.relation_name(c.relid), c.attname)
  FROM iss.masked_column c WHERE c.state = 'unknown'
$$;
