-- Code that belongs to masked tables and runs when a lease writes: triggers, checks, defaults, index expressions, rules, policies.

-- Tables that the role may write, and those that its writes reach by cascading foreign keys. Triggers of the latter run with
-- their table's owner's rights, but in the lease's session, with its temporary tables.
CREATE OR REPLACE FUNCTION iss.written_tables(p_role name) RETURNS TABLE (relid oid)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  WITH RECURSIVE written AS (
    SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'f', 'v') AND iss.is_governed_schema(n.nspname)
      AND (has_any_column_privilege(p_role, c.oid, 'INSERT') OR has_any_column_privilege(p_role, c.oid, 'UPDATE')
           OR has_table_privilege(p_role, c.oid, 'DELETE') OR has_table_privilege(p_role, c.oid, 'TRUNCATE'))
    UNION
    SELECT reached.oid
    FROM written w, LATERAL (
      SELECT k.conrelid FROM pg_constraint k
      WHERE k.contype = 'f' AND k.confrelid = w.oid AND (k.confdeltype IN ('c', 'n', 'd') OR k.confupdtype IN ('c', 'n', 'd'))
      UNION ALL
      SELECT i.inhrelid FROM pg_inherits i WHERE i.inhparent = w.oid) AS reached(oid)
  )
  SELECT written.oid FROM written
$$;

-- A trigger function that only stamps columns of the new row with the time or a constant: nothing to hijack, nothing to copy.
CREATE OR REPLACE FUNCTION iss.is_stamping(p_function oid) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT NOT p.prosecdef AND l.lanname = 'plpgsql' AND p.prosrc ~* (
    '^\s*begin\s+(new\.\w+\s*:?=\s*(current_timestamp|current_date|localtimestamp|now\(\)|clock_timestamp\(\)'
    || '|transaction_timestamp\(\)|true|false|null|\d+)\s*;\s*)*return\s+(new|old|null)\s*;\s*end\s*;?\s*$')
  FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang WHERE p.oid = p_function
$$;

-- Whether the names in a function mean the same whatever a lease creates: compiled or parsed when it was made, or with a
-- search_path of its own that has pg_temp last and no schema in which the role may create.
CREATE OR REPLACE FUNCTION iss.is_pinned(p_function oid, p_role name) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT l.lanname IN ('internal', 'c') OR to_jsonb(p) ->> 'prosqlbody' IS NOT NULL OR coalesce((
    SELECT parts.p[cardinality(parts.p)] = 'pg_temp' AND NOT EXISTS (
      SELECT FROM unnest(parts.p) AS s(name)
      WHERE s.name = '$user' OR to_regnamespace(quote_ident(s.name)) IS NOT NULL AND s.name NOT LIKE 'pg\_temp%'
            AND has_schema_privilege(p_role, quote_ident(s.name)::regnamespace, 'CREATE'))
    FROM unnest(p.proconfig) AS setting(value),
         LATERAL (SELECT array_agg(trim(BOTH '"' FROM trim(x.part)) ORDER BY x.n) AS p
                  FROM unnest(string_to_array(substr(setting.value, 13), ',')) WITH ORDINALITY AS x(part, n)) AS parts
    WHERE setting.value LIKE 'search\_path=%'), false)
  FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang WHERE p.oid = p_function
$$;

-- Functions of the application that run when a row of the table is written, and as what.
CREATE OR REPLACE FUNCTION iss.table_functions(p_relid oid) RETURNS TABLE (funcid oid, via text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  WITH source(classid, objid, via) AS (
    SELECT 'pg_trigger'::regclass::oid, t.oid, 'trigger ' || t.tgname FROM pg_trigger t
    WHERE t.tgrelid = p_relid AND NOT t.tgisinternal AND t.tgenabled <> 'D'
    UNION ALL SELECT 'pg_constraint'::regclass, k.oid, 'constraint ' || k.conname FROM pg_constraint k
    WHERE k.conrelid = p_relid AND k.contype IN ('c', 'x')
    UNION ALL SELECT 'pg_constraint'::regclass, k.oid, 'domain check ' || k.conname
    FROM pg_constraint k JOIN pg_attribute a ON a.atttypid = k.contypid AND a.attrelid = p_relid AND NOT a.attisdropped
    UNION ALL SELECT 'pg_attrdef'::regclass, d.oid, 'default' FROM pg_attrdef d WHERE d.adrelid = p_relid
    UNION ALL SELECT 'pg_class'::regclass, i.indexrelid, 'index ' || c.relname
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = p_relid
    UNION ALL SELECT 'pg_rewrite'::regclass, r.oid, 'rule ' || r.rulename FROM pg_rewrite r WHERE r.ev_class = p_relid
    UNION ALL SELECT 'pg_policy'::regclass, p.oid, 'policy ' || p.polname FROM pg_policy p WHERE p.polrelid = p_relid
  )
  SELECT DISTINCT coalesce(o.oprcode::oid, d.refobjid), s.via
  FROM source s
    JOIN pg_depend d ON d.classid = s.classid AND d.objid = s.objid
         AND d.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass)
    LEFT JOIN pg_operator o ON d.refclassid = 'pg_operator'::regclass AND o.oid = d.refobjid
$$;

-- A name as a regular expression that matches it alone.
CREATE OR REPLACE FUNCTION iss.regexp_literal(p_name text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT regexp_replace(p_name, '([^[:alnum:]_])', '\\\1', 'g')
$$;

CREATE OR REPLACE FUNCTION iss.findings_tables(p_role name)
RETURNS TABLE (kind text, object text, severity text, reason text, cure text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  WITH written AS MATERIALIZED (SELECT w.relid FROM iss.written_tables(p_role) w
  ), hijack(by) AS (
    SELECT concat_ws(' and ',
      CASE WHEN has_database_privilege(p_role, current_database(), 'TEMPORARY') THEN 'temporary tables' END,
      (SELECT 'objects in ' || string_agg(quote_ident(n.nspname), ', ') FROM pg_namespace n
       WHERE iss.is_governed_schema(n.nspname) AND has_schema_privilege(p_role, n.oid, 'CREATE')))
  ), code AS (
    SELECT m.relid, f.funcid, f.via FROM iss.masked_table m JOIN written w USING (relid), iss.table_functions(m.relid) f
    WHERE NOT iss.is_stamping(f.funcid)
  )
  SELECT 'unpinned_function', c.funcid::regprocedure::text, 'refuse',
         format('it runs when rows of %s are written (%s) and finds names by the session''s search_path: a lease that makes %s of the right name gets whole rows',
                string_agg(DISTINCT iss.relation_name(c.relid), ', '), string_agg(DISTINCT c.via, ', '), h.by),
         format('ALTER ROUTINE %s SET search_path = pg_catalog, %I, pg_temp;%s', c.funcid::regprocedure, n.nspname,
                CASE WHEN has_schema_privilege(p_role, n.oid, 'CREATE')
                  THEN format(' REVOKE CREATE ON SCHEMA %I FROM PUBLIC;', n.nspname) ELSE '' END)
  FROM code c JOIN pg_proc p ON p.oid = c.funcid JOIN pg_namespace n ON n.oid = p.pronamespace, hijack h
  WHERE h.by <> '' AND NOT iss.is_pinned(c.funcid, p_role)
  GROUP BY c.funcid, n.oid, n.nspname, h.by
  UNION ALL
  SELECT 'trigger_function', c.funcid::regprocedure::text, 'warn',
         format('it gets whole rows of %s: label what it copies them to', string_agg(DISTINCT iss.relation_name(c.relid), ', ')),
         '-- look what it writes, and label those columns in the policy file'
  FROM code c WHERE c.via LIKE 'trigger %' GROUP BY c.funcid
  UNION ALL
  SELECT 'definer_trigger', p.oid::regprocedure::text, 'refuse',
         format('SECURITY DEFINER trigger of %s, which the scope may write: it runs with the rights of %s',
                string_agg(DISTINCT iss.relation_name(t.tgrelid), ', '), pg_get_userbyid(p.proowner)),
         format('ALTER ROUTINE %s SECURITY INVOKER;', p.oid::regprocedure)
  FROM written w JOIN pg_trigger t ON t.tgrelid = w.relid AND NOT t.tgisinternal AND t.tgenabled <> 'D'
    JOIN pg_proc p ON p.oid = t.tgfoid AND p.prosecdef
  GROUP BY p.oid, p.proowner
  UNION ALL
  -- A row that breaks a CHECK is printed with the columns that the statement writes: as the trigger left them.
  SELECT 'writing_trigger', p.oid::regprocedure::text, 'refuse',
         format('BEFORE trigger of %s, whose masked columns the scope may write: if it puts an old value back into the row, the error of a CHECK prints it',
                string_agg(DISTINCT iss.relation_name(t.tgrelid), ', ')),
         '-- look that it sets no masked column from OLD or from a query, and accept it under `trusted:`; or leave `writeMasked` out'
  FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
  WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' AND t.tgtype & 3 = 3 AND p.pronamespace <> 'pg_catalog'::regnamespace
    AND NOT iss.is_stamping(p.oid)
    AND EXISTS (SELECT FROM iss.masked_column c
                WHERE c.relid = t.tgrelid AND c.state = 'masked'
                  AND (has_column_privilege(p_role, c.relid, c.attnum, 'INSERT') AND t.tgtype & 4 = 4
                       OR has_column_privilege(p_role, c.relid, c.attnum, 'UPDATE') AND t.tgtype & 16 = 16))
  GROUP BY p.oid
  UNION ALL
  -- What an update logs is what differs between the old row and the new one, and how much that was everybody may ask.
  SELECT 'guessed_update', iss.relation_name(c.relid), 'warn',
         format('the scope may update masked columns (%s): how much of an update PostgreSQL logs tells how many leading letters of a guess are right',
                string_agg(c.attname, ', ' ORDER BY c.attnum)),
         '-- leave `update` out of what has `writeMasked`, or set wal_level = logical, with which only whole guesses tell'
  FROM iss.masked_column c
  WHERE c.state = 'masked' AND current_setting('wal_level') <> 'logical'
    AND has_column_privilege(p_role, c.relid, c.attnum, 'UPDATE') AND NOT has_column_privilege(p_role, c.relid, c.attnum, 'SELECT')
  GROUP BY c.relid
  UNION ALL
  SELECT 'copying_trigger', format('%s.%I', iss.relation_name(t.tgrelid), target.attname), 'refuse',
         format('the trigger %I fills it from masked columns: %s', t.tgname, string_agg(DISTINCT s.attname, ', ')),
         '-- label it in the policy file, for example: null'
  FROM pg_trigger t
    CROSS JOIN LATERAL (SELECT string_to_array(encode(t.tgargs, 'escape'), '\000') AS v) AS args
    JOIN iss.masked_column target ON target.relid = t.tgrelid AND target.attname = args.v[1] AND target.state = 'free'
    JOIN iss.masked_column s ON s.relid = t.tgrelid AND s.attname = ANY (args.v[3:]) AND s.state <> 'free'
  WHERE t.tgfoid IN (SELECT p.oid FROM pg_proc p WHERE p.proname IN ('tsvector_update_trigger', 'tsvector_update_trigger_column')
                     AND p.pronamespace = 'pg_catalog'::regnamespace)
  GROUP BY t.tgrelid, t.tgname, target.attname
  UNION ALL
  -- As far as the words of a trigger tell it: NEW.lower_email := lower(NEW.email).
  SELECT 'copying_trigger', format('%s.%I', iss.relation_name(t.tgrelid), target.attname), 'refuse',
         format('the trigger %s fills it from masked columns: %s', string_agg(DISTINCT quote_ident(t.tgname), ', '), string_agg(DISTINCT s.attname, ', ')),
         '-- label it in the policy file, for example: null'
  FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
    JOIN iss.masked_column target ON target.relid = t.tgrelid AND target.state = 'free'
    JOIN iss.masked_column s ON s.relid = t.tgrelid AND s.state <> 'free'
  WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' AND t.tgtype & 3 = 3 AND has_column_privilege(p_role, target.relid, target.attnum, 'SELECT')
    AND p.prosrc ~* format('\mnew\.(%1$s|"%1$s")\s*:?=[^;]*\m(new|old)\.(%2$s|"%2$s")(\W|$)',
                           iss.regexp_literal(target.attname), iss.regexp_literal(s.attname))
  GROUP BY t.tgrelid, target.attname
  UNION ALL
  SELECT 'rule', format('%s ON %s', r.rulename, iss.relation_name(r.ev_class)),
         CASE WHEN r.ev_class IN (SELECT w.relid FROM written w) THEN 'refuse' ELSE 'warn' END,
         'the rule reads masked tables with its owner''s rights', format('DROP RULE %I ON %s;', r.rulename, iss.relation_name(r.ev_class))
  FROM pg_rewrite r
  WHERE r.rulename <> '_RETURN' AND (r.ev_class IN (SELECT m.relid FROM iss.masked_table m)
    OR EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
               AND d.refclassid = 'pg_class'::regclass
               AND (d.refobjid IN (SELECT m.relid FROM iss.masked_table m)
                    OR d.refobjid IN (SELECT v.relid FROM iss.masked_reader v))))
  UNION ALL
  SELECT 'row_security', format('%s ON %s', p.polname, iss.relation_name(p.polrelid)), 'refuse',
         'the shadow reads as its owner: a policy for some roles, or one that asks who is asking, shows other rows there',
         '-- make the policy TO PUBLIC, without current_user, session_user, role membership or functions of your own; or leave the table out'
  FROM pg_policy p JOIN iss.masked_table m ON m.relid = p.polrelid JOIN pg_class c ON c.oid = p.polrelid AND c.relrowsecurity
  WHERE iss.policy_asks_who(p.oid)
$$;
