-- What a masked table's indexes, constraints, keys and partitions tell of its masked columns to who never reads them: the order that an
-- index is read in, whether a CHECK holds, which row a deletion takes along. All of it is PostgreSQL at work as it should; the privileges
-- of columns do not reach it.

-- Columns that an expression of a table's catalog entries reads; all of them where it reads the whole row.
CREATE OR REPLACE FUNCTION iss.expression_columns(p_relid oid, p_expression text) RETURNS SETOF smallint
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT a.attnum FROM pg_attribute a
  WHERE a.attrelid = p_relid AND a.attnum > 0 AND NOT a.attisdropped
    AND (strpos(p_expression, ':varattno 0 ') > 0 OR strpos(p_expression, format(':varattno %s ', a.attnum)) > 0)
$$;

-- Masked tables whose rows the role reads: themselves, by their shadows, or by copies of views.
CREATE OR REPLACE FUNCTION iss.read_tables(p_role name) RETURNS TABLE (relid oid)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  WITH RECURSIVE seen(relid) AS (
    SELECT x.relid FROM (SELECT s.viewid FROM iss.shadow s UNION ALL SELECT c.viewid FROM iss.view_copy c
                         UNION ALL SELECT m.relid FROM iss.masked_table m) AS x(relid)
      JOIN pg_class c ON c.oid = x.relid
    WHERE has_any_column_privilege(p_role, x.relid, 'SELECT')
    UNION
    SELECT x.relid FROM seen, iss.view_reads(seen.relid) x
  )
  SELECT m.relid FROM iss.masked_table m WHERE m.relid IN (SELECT seen.relid FROM seen)
$$;

-- Whatever reads several columns of a row when one of them is written, and whose answer the writer gets: it may compare what he writes
-- with what he may not read. (Generated columns by the error of a value out of range.)
CREATE OR REPLACE FUNCTION iss.row_expressions(p_relid oid) RETURNS TABLE (name text, columns smallint[])
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT quote_ident(k.conname), array(SELECT iss.expression_columns(k.conrelid, k.conbin::text))
  FROM pg_constraint k WHERE k.conrelid = p_relid AND k.contype = 'c'
  UNION ALL
  SELECT format('generated column %I', a.attname), array(SELECT iss.expression_columns(a.attrelid, d.adbin::text))
  FROM pg_attribute a JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  WHERE a.attrelid = p_relid AND a.attgenerated = 's'
  UNION ALL
  -- An exclusion compares as it likes; what is merely unique tells that two rows have the same, and no more.
  SELECT format('index %I', c.relname), array(
    SELECT k.attnum FROM unnest(i.indkey::smallint[]) AS k(attnum) WHERE i.indisexclusion AND k.attnum <> 0
    UNION SELECT iss.expression_columns(p_relid, i.indexprs::text))
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
  WHERE i.indrelid = p_relid AND (i.indisexclusion OR i.indexprs IS NOT NULL)
$$;

CREATE OR REPLACE FUNCTION iss.findings_structure(p_role name)
RETURNS TABLE (kind text, object text, severity text, reason text, cure text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  WITH RECURSIVE columns AS MATERIALIZED (
    SELECT c.*, has_column_privilege(p_role, c.relid, c.attnum, 'UPDATE') AS may_update,
           -- What an unmasked scope reads, or everybody (public_select), tells it nothing new.
           c.state <> 'free' AND NOT has_column_privilege(p_role, c.relid, c.attnum, 'SELECT') AS is_hidden
    FROM iss.masked_column c
  ), hidden AS MATERIALIZED (SELECT c.* FROM columns c WHERE c.is_hidden
  ), seen AS MATERIALIZED (SELECT r.relid FROM iss.read_tables(p_role) r
  ), indexes AS MATERIALIZED (
    SELECT i.* FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam
    -- Those that are never read from one end to the other.
    WHERE i.indrelid IN (SELECT s.relid FROM seen s) AND m.amname NOT IN ('hash', 'gin', 'brin', 'bloom')
      -- A partition's part of an index is told with the whole.
      AND NOT EXISTS (SELECT FROM pg_inherits p JOIN pg_index w ON w.indexrelid = p.inhparent
                      WHERE p.inhrelid = i.indexrelid AND w.indrelid IN (SELECT s.relid FROM seen s))
  ), part(indexrelid, indrelid, attnum, part, place) AS MATERIALIZED (
    SELECT i.indexrelid, i.indrelid, k.attnum, CASE WHEN k.place <= i.indnkeyatts THEN 'key' ELSE 'payload' END, k.place
    FROM indexes i, unnest(i.indkey::smallint[]) WITH ORDINALITY AS k(attnum, place) WHERE k.attnum <> 0
    UNION ALL
    -- Which expression is which is not told here: each may be the first.
    SELECT i.indexrelid, i.indrelid, e, 'key', 1 FROM indexes i, iss.expression_columns(i.indrelid, i.indexprs::text) AS e
    WHERE i.indexprs IS NOT NULL
    UNION ALL
    SELECT i.indexrelid, i.indrelid, e, 'condition', NULL FROM indexes i, iss.expression_columns(i.indrelid, i.indpred::text) AS e
    WHERE i.indpred IS NOT NULL
  ), indexed AS MATERIALIZED (
    SELECT i.indexrelid, i.indrelid, i.indpred IS NOT NULL AS partial, i.indisclustered,
           min(x.place) FILTER (WHERE x.part = 'key' AND h.attnum IS NOT NULL) AS first_hidden,
           bool_or(x.part <> 'condition' AND h.attnum IS NULL) AS has_free,
           coalesce(bool_or(x.part = 'condition' AND h.attnum IS NOT NULL), false) AS hidden_condition,
           string_agg(DISTINCT quote_ident(h.attname), ', ') FILTER (WHERE x.part = 'key') AS names,
           bool_or(x.part = 'key' AND (h.may_update OR has_column_privilege(p_role, h.relid, h.attnum, 'INSERT'))) AS written
    FROM indexes i JOIN part x USING (indexrelid) LEFT JOIN hidden h ON h.relid = i.indrelid AND h.attnum = x.attnum
    GROUP BY i.indexrelid, i.indrelid, partial, i.indisclustered
  ), direct AS MATERIALIZED (
    -- Leases that may come without the proxy, which empties notifications and withholds messages of the severity LOG.
    SELECT FROM iss.scope s WHERE s.role_name = p_role AND (s.definition ->> 'direct')::boolean
  ), deletable(relid) AS (
    SELECT k.confrelid FROM pg_constraint k WHERE k.contype = 'f' AND has_table_privilege(p_role, k.confrelid, 'DELETE')
    UNION
    SELECT k.conrelid FROM deletable d JOIN pg_constraint k ON k.contype = 'f' AND k.confrelid = d.relid AND k.confdeltype = 'c'
  ), rowtype(oid) AS (
    SELECT c.reltype FROM iss.masked_table m JOIN pg_class c ON c.oid = m.relid
    UNION
    -- Arrays, domains and composites of it.
    SELECT x.oid
    FROM rowtype r JOIN pg_depend d ON d.refclassid = 'pg_type'::regclass AND d.refobjid = r.oid
      CROSS JOIN LATERAL (
        SELECT t.oid FROM pg_type t WHERE d.classid = 'pg_type'::regclass AND t.oid = d.objid
        UNION ALL
        SELECT c.reltype FROM pg_class c WHERE d.classid = 'pg_class'::regclass AND c.oid = d.objid AND c.relkind = 'c') AS x
  ), keyed AS (
    SELECT k.oid, k.conname, k.conrelid, k.confrelid, k.confdeltype, k.confupdtype, p.child, p.parent
    FROM pg_constraint k CROSS JOIN LATERAL unnest(k.conkey, k.confkey) AS p(child, parent)
    WHERE k.contype = 'f' AND k.conparentid = 0
  )
  SELECT 'ordered_index', iss.relation_name(x.indexrelid), 'refuse',
         format('read from one end to the other (SET enable_seqscan = off) it gives rows of %s in the order of masked columns (%s)%s', iss.relation_name(x.indrelid), x.names,
                CASE WHEN x.written THEN ', and where among them a value falls that the scope writes itself tells the others by halves' ELSE '' END),
         '-- accept it under `trusted:` if the order may be known; else index those columns alone (without others, INCLUDE and WHERE), and cluster by none'
  FROM indexed x
  WHERE x.first_hidden IS NOT NULL AND (x.indisclustered OR NOT x.hidden_condition AND (x.partial OR x.has_free))
    -- Where a free primary key comes first, nothing is left for the masked column to order.
    AND NOT EXISTS (
      SELECT FROM pg_index p WHERE p.indrelid = x.indrelid AND p.indisprimary AND NOT EXISTS (
        SELECT FROM unnest(p.indkey::smallint[]) AS k(attnum) WHERE NOT EXISTS (
          SELECT FROM part y WHERE y.indexrelid = x.indexrelid AND y.attnum = k.attnum AND y.part = 'key' AND y.place < x.first_hidden)))
  UNION ALL
  SELECT 'comparing_constraint', format('%s ON %s', e.name, iss.relation_name(m.relid)), 'refuse',
         format('it reads masked columns (%s) beside such as the scope may update (%s): trying values there tells the masked ones', read.masked, read.written),
         '-- leave `update` of that table out, or label those columns too; or accept it under `trusted:`'
  FROM iss.masked_table m CROSS JOIN LATERAL iss.row_expressions(m.relid) e
    CROSS JOIN LATERAL (
      SELECT string_agg(quote_ident(c.attname), ', ' ORDER BY c.attnum) FILTER (WHERE c.is_hidden) AS masked,
             array_agg(c.attnum) FILTER (WHERE c.is_hidden) AS numbers,
             string_agg(quote_ident(c.attname), ', ' ORDER BY c.attnum) FILTER (WHERE c.may_update) AS written,
             array_agg(c.attnum) FILTER (WHERE c.may_update) AS written_numbers
      FROM columns c
      WHERE c.relid = m.relid AND c.attnum = ANY (e.columns)) AS read
  -- Another column than the masked one itself.
  WHERE EXISTS (SELECT FROM unnest(read.numbers) n, unnest(read.written_numbers) w WHERE n <> w)
  UNION ALL
  SELECT 'guessed_range', format('%I ON %s', k.conname, iss.relation_name(k.conrelid)), 'refuse',
         format('whether a row that the scope writes conflicts tells in which range masked values lie (%s)', string_agg(quote_ident(h.attname), ', ' ORDER BY h.attnum)),
         '-- leave `writeMasked` out for that table; or accept it under `trusted:`'
  FROM pg_constraint k CROSS JOIN LATERAL unnest(k.conkey, k.conexclop) AS p(attnum, operator)
    JOIN pg_operator o ON o.oid = p.operator AND o.oprname <> '='
    JOIN hidden h ON h.relid = k.conrelid AND h.attnum = p.attnum
  WHERE k.conexclop IS NOT NULL
    AND (has_column_privilege(p_role, h.relid, h.attnum, 'INSERT') OR has_column_privilege(p_role, h.relid, h.attnum, 'UPDATE'))
  GROUP BY k.oid, k.conname, k.conrelid
  UNION ALL
  SELECT 'guessed_hash', format('%s.%I', iss.relation_name(h.relid), h.attname), 'refuse',
         'the scope may write it and sees what `hash` shows of it: a million guesses, written and rolled back, are a dictionary of all hashed values',
         '-- leave `writeMasked` out for that table, or mask the column by another kind'
  FROM hidden h
  WHERE (h.mask = 'hash' OR h.options -> 'paths' @> '[{"kind": "hash"}]') AND h.relid IN (SELECT s.relid FROM seen s)
    AND (has_column_privilege(p_role, h.relid, h.attnum, 'INSERT') OR has_column_privilege(p_role, h.relid, h.attnum, 'UPDATE'))
  UNION ALL
  SELECT 'partition_key', iss.relation_name(p.partrelid), 'refuse',
         format('it is partitioned by masked columns (%s): which partition holds a row (EXPLAIN ANALYZE shows it) tells the bounds of their values',
                string_agg(DISTINCT quote_ident(h.attname), ', ')),
         '-- accept it under `trusted:` if the bounds tell no more than the mask shows; else partition by another column'
  FROM pg_partitioned_table p JOIN hidden h ON h.relid = p.partrelid
  WHERE p.partrelid IN (SELECT s.relid FROM seen s)
    AND (h.attnum = ANY (p.partattrs::smallint[]) OR h.attnum IN (SELECT iss.expression_columns(p.partrelid, p.partexprs::text)))
  GROUP BY p.partrelid
  UNION ALL
  SELECT 'referencing_column', format('%s.%I', iss.relation_name(k.conrelid), a.attname), 'refuse',
         format('a foreign key: it holds values of %s.%I, which is masked', iss.relation_name(k.confrelid), h.attname),
         format('-- label it in the policy file, for example: %s', coalesce(h.mask, 'redact'))
  FROM keyed k JOIN hidden h ON h.relid = k.confrelid AND h.attnum = k.parent
    JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.child
  WHERE NOT EXISTS (SELECT FROM hidden c WHERE c.relid = k.conrelid AND c.attnum = k.child)
    AND (has_column_privilege(p_role, k.conrelid, k.child, 'SELECT') OR has_column_privilege(p_role, k.conrelid, k.child, 'INSERT')
         OR has_column_privilege(p_role, k.conrelid, k.child, 'UPDATE'))
  UNION ALL
  -- Also of a labelled column, where the scope writes it unseen.
  SELECT 'guessed_reference', format('%s.%I', iss.relation_name(k.conrelid), a.attname), 'refuse',
         format('a value that the scope writes there is looked for in the masked %s.%I, and in a SERIALIZABLE transaction pg_locks tells where in its index',
                iss.relation_name(k.confrelid), h.attname),
         '-- leave `writeMasked` out for that table; or accept it under `trusted:`'
  FROM keyed k JOIN hidden h ON h.relid = k.confrelid AND h.attnum = k.parent
    JOIN hidden c ON c.relid = k.conrelid AND c.attnum = k.child
    JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.child
  WHERE has_column_privilege(p_role, k.conrelid, k.child, 'INSERT') OR has_column_privilege(p_role, k.conrelid, k.child, 'UPDATE')
  UNION ALL
  SELECT 'reading_policy', format('%I ON %s', p.polname, iss.relation_name(p.polrelid)), 'refuse',
         format('a policy of row-level security that reads masked columns (%s): which rows it shows tells of them', string_agg(DISTINCT quote_ident(h.attname), ', ')),
         '-- write it over free columns; or accept it under `trusted:`'
  FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid AND c.relrowsecurity
    JOIN pg_depend d ON d.classid = 'pg_policy'::regclass AND d.objid = p.oid AND d.refclassid = 'pg_class'::regclass AND d.refobjid = p.polrelid
    JOIN hidden h ON h.relid = p.polrelid AND h.attnum = d.refobjsubid
  WHERE p.polrelid IN (SELECT s.relid FROM seen s) OR has_any_column_privilege(p_role, p.polrelid, 'INSERT, UPDATE')
    OR has_table_privilege(p_role, p.polrelid, 'DELETE')
  GROUP BY p.oid, p.polname, p.polrelid
  UNION ALL
  SELECT 'row_column', format('%s.%I', iss.relation_name(c.oid), a.attname), 'refuse',
         format('its type is %s: it holds whole rows of a masked table', format_type(a.atttypid, a.atttypmod)),
         '-- label it in the policy file, for example: null'
  FROM rowtype r JOIN pg_depend d ON d.refclassid = 'pg_type'::regclass AND d.refobjid = r.oid AND d.classid = 'pg_class'::regclass
    JOIN pg_class c ON c.oid = d.objid AND c.relkind IN ('r', 'p', 'f', 'm')
    JOIN pg_attribute a ON a.attrelid = d.objid AND a.attnum = d.objsubid
  WHERE a.attnum > 0 AND NOT a.attisdropped
    AND NOT EXISTS (SELECT FROM hidden h WHERE h.relid = a.attrelid AND h.attnum = a.attnum)
    AND has_column_privilege(p_role, a.attrelid, a.attnum, 'SELECT')
  UNION ALL
  SELECT DISTINCT 'cascading_key', format('%I ON %s', k.conname, iss.relation_name(k.conrelid)), 'refuse',
         format('the scope may delete rows of %s, and which rows that takes along tells the masked %s', iss.relation_name(k.confrelid), h.attname),
         '-- leave `delete` of the referenced table out; or accept it under `trusted:`'
  FROM keyed k JOIN hidden h ON h.relid = k.conrelid AND h.attnum = k.child
  WHERE k.confdeltype IN ('c', 'n', 'd') AND k.confrelid IN (SELECT d.relid FROM deletable d)
  UNION ALL
  -- Kinds that show a constant ask the other side for nothing.
  SELECT 'foreign_table', iss.relation_name(h.relid), 'refuse',
         format('masks are computed here of what the other server or file sends (%s), and an error in reading that prints it (SET datestyle)',
                string_agg(quote_ident(h.attname), ', ' ORDER BY h.attnum)),
         '-- label those columns redact, null or deny; or leave the table out by `except`'
  FROM hidden h JOIN pg_class c ON c.oid = h.relid AND c.relkind = 'f'
  WHERE h.relid IN (SELECT s.relid FROM seen s) AND coalesce(h.mask, 'deny') NOT IN ('redact', 'null', 'deny')
  GROUP BY h.relid
  UNION ALL
  SELECT 'notifying_trigger', p.oid::regprocedure::text, 'refuse',
         format('it seems to NOTIFY of rows of %s, and a lease without the proxy in between may LISTEN', string_agg(DISTINCT iss.relation_name(t.tgrelid), ', ')),
         '-- look that its payload holds no masked value, and accept it under `trusted:`; or leave `direct` out of the scope''s delivery'
  FROM pg_trigger t JOIN iss.masked_table m ON m.relid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
  WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' AND p.prosrc ~* 'notif' AND EXISTS (SELECT FROM direct)
  GROUP BY p.oid
  UNION ALL
  SELECT 'printed_row', p.oid::regprocedure::text, 'refuse',
         format('the plans of its statements have rows of %s in them, and debug_print_plan has them printed for a lease without the proxy',
                string_agg(DISTINCT iss.relation_name(t.tgrelid), ', ')),
         format('ALTER ROUTINE %s SET client_min_messages = notice;', p.oid::regprocedure)
  FROM pg_trigger t JOIN iss.masked_table m ON m.relid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
    JOIN pg_language l ON l.oid = p.prolang AND l.lanname NOT IN ('internal', 'c')
  WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' AND NOT iss.is_stamping(p.oid) AND EXISTS (SELECT FROM direct)
    AND t.tgrelid IN (SELECT w.relid FROM iss.written_tables(p_role) w) AND NOT coalesce(p.proconfig && '{client_min_messages=notice,client_min_messages=warning,client_min_messages=error}', false)
  GROUP BY p.oid
  UNION ALL
  -- PostgreSQL's own statement that looks for references has the key in its plan.
  SELECT DISTINCT 'printed_row', format('%I ON %s', k.conname, iss.relation_name(k.conrelid)), 'refuse',
         format('who deletes a row of %s has its masked %s looked for, in a plan that debug_print_plan has printed for a lease without the proxy',
                iss.relation_name(k.confrelid), h.attname),
         '-- leave `delete` of that table out, or `direct` out of the scope''s delivery'
  FROM keyed k JOIN hidden h ON h.relid = k.confrelid AND h.attnum = k.parent
  WHERE EXISTS (SELECT FROM direct) AND (k.confrelid IN (SELECT d.relid FROM deletable d) OR has_table_privilege(p_role, k.confrelid, 'DELETE')
    OR has_column_privilege(p_role, h.relid, h.attnum, 'UPDATE'))
  UNION ALL
  SELECT 'stored_default', format('%s.%I', iss.relation_name(h.relid), h.attname), 'warn',
         'it was added with a default, which everybody may read in pg_attribute: rows that nobody has written since hold that value',
         format('VACUUM FULL %s;', iss.relation_name(h.relid))
  FROM hidden h JOIN pg_attribute a ON a.attrelid = h.relid AND a.attnum = h.attnum AND a.atthasmissing
  UNION ALL
  SELECT 'compressed_log', 'wal_compression', 'warn',
         format('the scope may update rows of masked tables (%s): how well a page is compressed that has its guess in it (EXPLAIN (ANALYZE, WAL)) tells what else is there',
                CASE WHEN count(*) > 3 THEN count(*) || ' of them' ELSE string_agg(iss.relation_name(m.relid), ', ' ORDER BY m.relid) END),
         '-- ALTER SYSTEM SET wal_compression = off;'
  FROM iss.masked_table m WHERE current_setting('wal_compression') <> 'off' AND has_any_column_privilege(p_role, m.relid, 'UPDATE')
  HAVING count(*) > 0
$$;
