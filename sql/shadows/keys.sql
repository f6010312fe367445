-- Keys: what a shadow does not have of its table. `GROUP BY id` lets other columns of a table be selected, since its primary key
-- determines them; of a view PostgreSQL knows no key, and those columns must stand in the list themselves. The proxy puts them there in
-- statements (Sources/SQLAnalysis/Translation/Translator+GroupBy.swift), view_regrouped() in the copies of views.

-- Whether values of a type can be grouped by: its default operator class, or that of a type which it is without conversion, has an
-- equality; of arrays, domains and composites, those that they are made of.
CREATE OR REPLACE FUNCTION iss.is_groupable(p_type oid) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  WITH RECURSIVE part(oid) AS (
    SELECT p_type
    UNION
    SELECT x.inner_type FROM part JOIN pg_type t ON t.oid = part.oid, LATERAL (
      SELECT t.typbasetype WHERE t.typtype = 'd'
      UNION ALL SELECT t.typelem WHERE t.typsubscript = 'array_subscript_handler'::regproc
      UNION ALL SELECT a.atttypid FROM pg_attribute a
        WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped) AS x(inner_type)
  )
  SELECT bool_and(t.typtype IN ('d', 'c', 'e', 'r', 'm') OR t.typsubscript = 'array_subscript_handler'::regproc OR EXISTS (
    SELECT FROM pg_opclass o JOIN pg_am m ON m.oid = o.opcmethod AND m.amname IN ('btree', 'hash')
    WHERE o.opcdefault AND (o.opcintype = t.oid OR EXISTS (
      SELECT FROM pg_cast c WHERE c.castsource = t.oid AND c.casttarget = o.opcintype AND c.castmethod = 'b'
        AND c.castcontext = 'i'))))
  FROM part JOIN pg_type t ON t.oid = part.oid
$$;

-- The columns of a table's key, in its order: none of a deferrable one, which rows may break for a while, and none of a parent by old
-- inheritance, whose children may hold the same values again.
CREATE OR REPLACE FUNCTION iss.key_columns(p_relid oid) RETURNS TABLE (attnum smallint, attname name, n bigint)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT a.attnum, a.attname, k.n
  FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid, unnest(i.indkey::smallint[]) WITH ORDINALITY AS k(attnum, n), pg_attribute a
  WHERE i.indrelid = p_relid AND i.indisprimary AND i.indimmediate AND k.n <= i.indnkeyatts
    AND (c.relkind = 'p' OR NOT EXISTS (SELECT FROM pg_inherits h WHERE h.inhparent = c.oid))
    AND a.attrelid = i.indrelid AND a.attnum = k.attnum
$$;

-- Where an item of a GROUP BY ends in its line, in characters: one that stands by itself, not within parentheses; NULL without it.
CREATE OR REPLACE FUNCTION iss.group_item_end(p_line text, p_item text) RETURNS integer
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT max(p) + length(p_item) - 1
  FROM generate_series(position('GROUP BY ' IN p_line) + 9, length(p_line)) AS p,
       LATERAL (SELECT substr(p_line, 1, p - 1) AS text) AS before
  WHERE substr(p_line, p, length(p_item)) = p_item
    AND (before.text ~ 'GROUP BY $' OR before.text ~ ', $')
    AND substr(p_line, p + length(p_item), 1) IN ('', ',', ';', ')')
    AND length(replace(before.text, '(', '')) = length(replace(before.text, ')', ''))
$$;

-- The text of a view's copy with the columns of masked tables added to the GROUP BYs of their keys.
--
-- A view whose rule depends on a primary key's constraint has such a GROUP BY, and its columns that a masked table's key determines
-- make no new groups. The text is PostgreSQL's own (pg_get_viewdef); where it leaves a doubt about whose key it is (an alias that stands
-- for two relations, two lists with the same key), it is left as it is, and the copy cannot be made.
CREATE OR REPLACE FUNCTION iss.view_regrouped(p_relid oid, p_source text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  identifier CONSTANT text := '("(?:[^"]|"")+"|[a-z_][a-z0-9_]*)';
  lines text[] := string_to_array(p_source, E'\n');
  keyed record;
  alias text;
  found record;
BEGIN
  FOR keyed IN
    SELECT x.relid, quote_ident(c.relname) AS name, regexp_replace(quote_ident(c.relname), '(\W)', '\\\1', 'g') AS pattern
    FROM iss.view_counterparts(p_relid) x JOIN pg_class c ON c.oid = x.relid
    WHERE x.counterpart <> x.relid
      AND EXISTS (
        SELECT FROM pg_rewrite r
          JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_constraint'::regclass
          JOIN pg_constraint k ON k.oid = d.refobjid AND k.conrelid = x.relid AND k.contype = 'p'
        WHERE r.ev_class = p_relid)
      -- A masked key does not tell rows apart.
      AND EXISTS (SELECT FROM iss.key_columns(x.relid))
      AND NOT EXISTS (SELECT FROM iss.key_columns(x.relid) k
                        JOIN iss.masked_column m ON m.relid = x.relid AND m.attnum = k.attnum AND m.state <> 'free')
  LOOP
    FOR alias IN
      SELECT DISTINCT coalesce(m[1], keyed.name) || '.'
      FROM regexp_matches(p_source, '(?<! AS)[ (]' || keyed.pattern || '(?: ' || identifier || ')?(?=$|[\n,;)]| ON | USING )', 'g') AS m
      WHERE 1 = (SELECT count(*) FROM regexp_matches(
        p_source, '(?<! AS)[ ()]' || regexp_replace(coalesce(m[1], keyed.name), '(\W)', '\\\1', 'g')
                  || '(?=$|[\n,;()]| ON | USING )', 'g'))
      -- From 16 on a query over one relation prints its columns without its name.
      UNION ALL
      SELECT '' WHERE p_source ~ ('\n   FROM ' || keyed.pattern || '(?: ' || identifier || ')?\n')
    LOOP
      SELECT count(*), min(l.number)::integer AS number, min(l.item_end) AS item_end INTO found FROM (
        SELECT t.number, max(iss.group_item_end(t.line, alias || quote_ident(k.attname))) AS item_end
        FROM unnest(lines) WITH ORDINALITY AS t(line, number), iss.key_columns(keyed.relid) k
        WHERE t.line ~ '^ *GROUP BY '
        GROUP BY t.number
        HAVING bool_and(iss.group_item_end(t.line, alias || quote_ident(k.attname)) IS NOT NULL)) AS l;
      CONTINUE WHEN found.count <> 1;
      lines[found.number] := overlay(lines[found.number] PLACING coalesce((
        SELECT string_agg(DISTINCT ', ' || alias || quote_ident(a.attname), '')
        FROM pg_rewrite r
          JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
               AND d.refclassid = 'pg_class'::regclass AND d.refobjid = keyed.relid
          JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid AND a.attnum > 0
        WHERE r.ev_class = p_relid AND iss.is_groupable(a.atttypid)
          AND iss.group_item_end(lines[found.number], alias || quote_ident(a.attname)) IS NULL), '')
        FROM found.item_end + 1 FOR 0);
    END LOOP;
  END LOOP;
  RETURN array_to_string(lines, E'\n');
END
$$;
