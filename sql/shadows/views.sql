-- Masked copies of the application's views: a view that reads masked tables, by any number of steps, gets a copy of its name in the
-- shadow schema that reads their shadows instead. What runs in it runs as in the original: relations with its owner's rights (here
-- iss_mask_owner's), functions with the caller's.
--
-- A copy is the original's text, deparsed with the base schemas in the path so that names print unqualified, and parsed again with
-- each shadow schema before its base schema. Nothing rests on that trick: afterwards the catalogs must say that the copy reads
-- exactly the counterparts of what the original reads, and that no step from it reaches a masked table but through a shadow. A
-- copy of which that cannot be proved is dropped, and the reason kept.

CREATE TABLE IF NOT EXISTS iss.view_copy (
  relid oid PRIMARY KEY,
  -- NULL: there can be no copy, for this reason.
  viewid oid UNIQUE,
  reason text,
  source_digest text NOT NULL,
  definition_digest text,
  built_at timestamptz NOT NULL DEFAULT now(),
  CHECK ((viewid IS NULL) = (reason IS NOT NULL))
);

-- Views and materialized views that read masked tables, by any number of steps. `leaks` says that it reads with its owner's
-- rights; a security_invoker view (15 on) reads with the caller's and is harmless by itself.
CREATE OR REPLACE VIEW iss.masked_reader AS
WITH RECURSIVE reader AS (
  SELECT m.relid FROM iss.masked_table m
  UNION
  SELECT r.ev_class
  FROM reader
    JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = reader.relid
         AND d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
         AND reader.relid NOT IN (SELECT s.viewid FROM iss.shadow s)
    JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid AND r.ev_class <> reader.relid
    -- What is temporary only its own session reaches; else whoever makes a view could have every scope refused.
    JOIN pg_catalog.pg_class c ON c.oid = r.ev_class AND c.relkind IN ('v', 'm') AND c.relpersistence <> 't'
)
SELECT c.oid AS relid, c.relkind,
       c.relkind = 'm' OR NOT coalesce((
         SELECT o.option_value::boolean FROM pg_catalog.pg_options_to_table(c.reloptions) o
         WHERE o.option_name = 'security_invoker'), false) AS leaks
FROM reader JOIN pg_catalog.pg_class c ON c.oid = reader.relid
WHERE c.relkind IN ('v', 'm') AND c.oid NOT IN (SELECT s.viewid FROM iss.shadow s)
  AND NOT (c.relowner = (SELECT o.oid FROM pg_catalog.pg_roles o WHERE o.rolname = 'iss_mask_owner')
           AND c.oid IN (SELECT v.viewid FROM iss.view_copy v));

-- Relations that a view's rules read.
CREATE OR REPLACE FUNCTION iss.view_reads(p_relid oid) RETURNS TABLE (relid oid)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT DISTINCT d.refobjid
  FROM pg_rewrite r
    JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
         AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> r.ev_class
  WHERE r.ev_class = p_relid
$$;

-- Functions that a view calls, by name, operator, cast or aggregate.
CREATE OR REPLACE FUNCTION iss.view_calls(p_relid oid) RETURNS TABLE (funcid oid)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  WITH RECURSIVE called(classid, objid) AS (
    SELECT d.refclassid, d.refobjid
    FROM pg_rewrite r JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
    WHERE r.ev_class = p_relid
    UNION
    SELECT d.refclassid, d.refobjid
    FROM called c JOIN pg_depend d ON d.classid = c.classid AND d.objid = c.objid
    WHERE c.classid IN ('pg_operator'::regclass, 'pg_cast'::regclass, 'pg_proc'::regclass, 'pg_type'::regclass,
                        'pg_constraint'::regclass)
  )
  SELECT c.objid FROM called c WHERE c.classid = 'pg_proc'::regclass
$$;

CREATE OR REPLACE FUNCTION iss.view_reads_as_caller(p_relid oid) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce((SELECT o.option_value::boolean FROM pg_class c, pg_options_to_table(c.reloptions) o
                   WHERE c.oid = p_relid AND o.option_name = 'security_invoker'), false)
$$;

-- Whether a view reads masked tables, by any number of steps (and not through shadows).
CREATE OR REPLACE FUNCTION iss.reads_masked(p_relid oid) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  WITH RECURSIVE reached(relid) AS (
    SELECT p_relid
    UNION
    SELECT x.relid FROM reached, iss.view_reads(reached.relid) x WHERE reached.relid NOT IN (SELECT s.viewid FROM iss.shadow s)
  )
  SELECT EXISTS (SELECT FROM reached JOIN iss.masked_table m USING (relid))
$$;

-- What the copy of a view reads in place of each relation that the view reads: the shadow of a masked table, the copy of a view,
-- else the relation itself. NULL where there is neither shadow nor copy.
CREATE OR REPLACE FUNCTION iss.view_counterparts(p_relid oid) RETURNS TABLE (relid oid, counterpart oid)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT r.relid, CASE
    WHEN r.relid IN (SELECT m.relid FROM iss.masked_table m) THEN (SELECT s.viewid FROM iss.shadow s WHERE s.relid = r.relid)
    WHEN k.relkind IN ('v', 'm') AND iss.reads_masked(r.relid) THEN (SELECT c.viewid FROM iss.view_copy c WHERE c.relid = r.relid)
    ELSE r.relid END
  FROM iss.view_reads(p_relid) r JOIN pg_class k ON k.oid = r.relid
$$;

-- Whether a policy of row-level security shows other rows to other readers.
CREATE OR REPLACE FUNCTION iss.policy_asks_who(p_policy oid) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT p.polroles <> '{0}'
      OR concat_ws(' ', pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
         ~* '\m(current_user|session_user|current_role|pg_has_role|has_\w+_privilege|current_setting|row_security_active|user)\M'
      OR EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_policy'::regclass AND d.objid = p.oid
                 AND d.refclassid = 'pg_proc'::regclass)
  FROM pg_policy p WHERE p.oid = p_policy
$$;

-- Everything that a copy is made from; when it changes, the copy is made again.
CREATE OR REPLACE FUNCTION iss.view_source_digest(p_relid oid) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT iss.digest(jsonb_build_array(
    pg_get_viewdef(p_relid), c.relowner, c.relname, c.relnamespace, c.reloptions, iss.column_shape(p_relid),
    (SELECT jsonb_agg(jsonb_build_array(x.relid, x.counterpart, iss.column_shape(x.counterpart),
                                        has_any_column_privilege(c.relowner, x.relid, 'SELECT')) ORDER BY x.relid)
     FROM iss.view_counterparts(p_relid) x),
    (SELECT jsonb_agg(f.funcid ORDER BY f.funcid) FROM iss.view_calls(p_relid) f JOIN pg_proc p ON p.oid = f.funcid
     WHERE p.prosecdef),
    (SELECT jsonb_agg(jsonb_build_array(p.oid, p.polroles, iss.policy_asks_who(p.oid)) ORDER BY p.oid)
     FROM iss.view_reads(p_relid) x JOIN pg_class t ON t.oid = x.relid AND t.relrowsecurity
       JOIN pg_policy p ON p.polrelid = t.oid))::text)
  FROM pg_class c WHERE c.oid = p_relid
$$;

-- Why a view cannot have a copy, as far as it can be told before making one; NULL when nothing stands against it.
CREATE OR REPLACE FUNCTION iss.view_obstacle(p_relid oid) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT problem.reason
  FROM pg_class v, LATERAL (
    SELECT 0 AS rank, 'a lease made it' AS reason WHERE shobj_description(v.relowner, 'pg_authid') LIKE 'issuer lease %'
    UNION ALL
    SELECT 1, format('it calls %s, which runs with the rights of %s (SECURITY DEFINER)', p.oid::regprocedure,
                     pg_get_userbyid(p.proowner))
    FROM iss.view_calls(v.oid) f JOIN pg_proc p ON p.oid = f.funcid WHERE p.prosecdef
    UNION ALL
    SELECT 2, format('it reads %s, a materialized view: a copy of masked values', iss.relation_name(c.oid))
    FROM iss.view_counterparts(v.oid) x JOIN pg_class c ON c.oid = x.relid WHERE x.counterpart IS NULL AND c.relkind = 'm'
    UNION ALL
    SELECT 3, format('it reads %s, which has no %s', iss.relation_name(c.oid),
                     CASE c.relkind WHEN 'v' THEN 'masked copy' ELSE 'shadow' END)
    FROM iss.view_counterparts(v.oid) x JOIN pg_class c ON c.oid = x.relid WHERE x.counterpart IS NULL AND c.relkind <> 'm'
    UNION ALL
    SELECT 4, format('it reads the foreign table %s', iss.relation_name(c.oid))
    FROM iss.view_counterparts(v.oid) x JOIN pg_class c ON c.oid = x.counterpart WHERE c.relkind = 'f'
    UNION ALL
    SELECT 5, format('row-level security of %s asks who is reading', iss.relation_name(c.oid))
    FROM iss.view_counterparts(v.oid) x JOIN pg_class c ON c.oid = x.counterpart AND c.relrowsecurity
      JOIN pg_policy p ON p.polrelid = c.oid AND iss.policy_asks_who(p.oid)
    WHERE NOT iss.view_reads_as_caller(v.oid)
    UNION ALL
    SELECT 6, format('its owner %s may not read %s', pg_get_userbyid(v.relowner), iss.relation_name(x.relid))
    FROM iss.view_counterparts(v.oid) x
    WHERE NOT iss.view_reads_as_caller(v.oid) AND NOT has_any_column_privilege(v.relowner, x.relid, 'SELECT')
  ) AS problem
  WHERE v.oid = p_relid
  ORDER BY problem.rank, problem.reason LIMIT 1
$$;

-- What is wrong with a copy; NULL when it is proved: it reads the counterparts of what the view reads and nothing else, calls what
-- the view calls, and no step from it reaches a masked table, a view of one or a table of ours, but through a shadow.
CREATE OR REPLACE FUNCTION iss.view_unproved(p_relid oid, p_viewid oid) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  WITH RECURSIVE reached(relid) AS (
    SELECT p_viewid
    UNION
    SELECT x.relid FROM reached, iss.view_reads(reached.relid) x WHERE reached.relid NOT IN (SELECT s.viewid FROM iss.shadow s)
  )
  SELECT problem.reason FROM (
    SELECT 1 AS rank, format('its copy would read %s itself: it is named with its schema there, because of another relation, alias or WITH query of that name',
                             iss.relation_name(x.relid)) AS reason
    FROM reached x
    WHERE x.relid IN (SELECT m.relid FROM iss.masked_table m) OR x.relid IN (SELECT c.oid FROM pg_class c WHERE c.relnamespace = 'iss'::regnamespace)
    UNION ALL
    SELECT 2, 'its copy would read other relations than the view'
    WHERE EXISTS (SELECT x.counterpart FROM iss.view_counterparts(p_relid) x EXCEPT SELECT r.relid FROM iss.view_reads(p_viewid) r)
       OR EXISTS (SELECT r.relid FROM iss.view_reads(p_viewid) r EXCEPT SELECT x.counterpart FROM iss.view_counterparts(p_relid) x)
    UNION ALL
    SELECT 3, 'its copy would call other functions than the view'
    WHERE EXISTS (SELECT FROM iss.view_calls(p_viewid) c WHERE c.funcid NOT IN (SELECT o.funcid FROM iss.view_calls(p_relid) o))
    UNION ALL
    SELECT 4, 'columns, types or collations of its copy would differ'
    WHERE iss.column_shape(p_viewid) IS DISTINCT FROM iss.column_shape(p_relid)
    UNION ALL
    SELECT 5, 'its copy is not a view of iss_mask_owner'
    FROM pg_class v WHERE v.oid = p_viewid AND (v.relkind <> 'v' OR v.relowner <> 'iss_mask_owner'::regrole)
    UNION ALL
    SELECT 6, 'its copy has other rules than that of a view'
    WHERE (SELECT count(*) FROM pg_rewrite r WHERE r.ev_class = p_viewid) <> 1
  ) AS problem
  ORDER BY problem.rank, problem.reason LIMIT 1
$$;

CREATE OR REPLACE FUNCTION iss.view_drop_one(p_relid oid, p_forget boolean) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $$
DECLARE
  copy text;
BEGIN
  SELECT iss.relation_name(v.oid) INTO copy FROM iss.view_copy c JOIN pg_class v ON v.oid = c.viewid
  WHERE c.relid = p_relid AND v.relkind = 'v' AND v.relowner = 'iss_mask_owner'::regrole;
  -- CASCADE takes the copies that read it, which rebuilding finds missing.
  IF copy IS NOT NULL THEN EXECUTE format('DROP VIEW %s CASCADE', copy); END IF;
  DELETE FROM iss.view_copy WHERE relid = p_relid AND p_forget;
END
$$;

-- Makes the copy of one view; an error, with the reason as its message, when it cannot be proved.
CREATE OR REPLACE FUNCTION iss.view_build_one(p_relid oid) RETURNS oid
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  base record;
  schema_name name;
  copy_name text;
  reason text := iss.view_obstacle(p_relid);
  bases text;
  shadows_and_bases text;
  columns text;
  options text;
  source text;
  granted record;
  copy oid;
BEGIN
  IF reason IS NOT NULL THEN RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = reason; END IF;
  SELECT c.relname, n.nspname, c.relowner INTO STRICT base
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = p_relid;
  schema_name := iss.shadow_schema_ensure(base.nspname);
  copy_name := format('%I.%I', schema_name, base.relname);
  IF to_regclass(copy_name) IS NOT NULL THEN EXECUTE format('DROP VIEW %s CASCADE', copy_name); END IF;
  -- Schemas of what must print without its schema, the view's own first.
  SELECT string_agg(quote_ident(x.name), ', ' ORDER BY x.name <> base.nspname, x.name),
         string_agg(format('%I, %I', iss.shadow_schema(x.name), x.name), ', ' ORDER BY x.name <> base.nspname, x.name)
  INTO bases, shadows_and_bases
  FROM (SELECT base.nspname AS name
        UNION
        SELECT n.nspname FROM iss.view_counterparts(p_relid) r
          JOIN pg_class c ON c.oid = r.relid AND r.counterpart <> r.relid JOIN pg_namespace n ON n.oid = c.relnamespace) AS x;
  SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) INTO columns
  FROM pg_attribute a WHERE a.attrelid = p_relid AND a.attnum > 0 AND NOT a.attisdropped;
  -- check_option is for writing, and the copy is only read.
  SELECT ' WITH (' || string_agg(format('%I = %L', o.option_name, o.option_value), ', ') || ')' INTO options
  FROM pg_class c, pg_options_to_table(c.reloptions) o
  WHERE c.oid = p_relid AND o.option_name IN ('security_barrier', 'security_invoker');
  -- Till this function ends, which has a path of its own.
  PERFORM set_config('search_path', bases || ', pg_temp', true);
  source := iss.view_regrouped(p_relid, pg_get_viewdef(p_relid));
  PERFORM set_config('search_path', shadows_and_bases || ', pg_temp', true);
  EXECUTE format('CREATE VIEW %s (%s)%s AS %s', copy_name, columns, coalesce(options, ''), source);
  PERFORM set_config('search_path', 'pg_catalog, pg_temp', true);
  EXECUTE format('ALTER VIEW %s OWNER TO iss_mask_owner', copy_name);
  copy := to_regclass(copy_name);
  reason := iss.view_unproved(p_relid, copy);
  IF reason IS NOT NULL THEN RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = reason; END IF;
  -- What it reads besides shadows and copies it reads as its owner; view_obstacle() saw that the view's owner may.
  FOR granted IN
    SELECT iss.relation_name(x.relid) AS name
    FROM iss.view_counterparts(p_relid) x
    WHERE x.counterpart = x.relid AND NOT has_table_privilege('iss_mask_owner', x.relid, 'SELECT')
      AND has_any_column_privilege(base.relowner, x.relid, 'SELECT')
  LOOP
    EXECUTE format('GRANT SELECT ON %s TO iss_mask_owner', granted.name);
  END LOOP;
  RETURN copy;
END
$$;

-- Makes the copies that are missing or no longer right, takes away those of views that read nothing masked any more, and says what
-- it did. A view that cannot be copied is told as `left_out`, once for each state of it.
CREATE OR REPLACE FUNCTION iss.view_build() RETURNS TABLE (base text, action text, detail text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
  item record;
  pending oid[];
  level oid[];
  copy oid;
BEGIN
  PERFORM iss.lock_database();
  FOR item IN SELECT c.relid FROM iss.view_copy c WHERE c.relid NOT IN (SELECT r.relid FROM iss.masked_reader r) LOOP
    base := coalesce(iss.relation_name(item.relid), item.relid::text);
    action := 'dropped';
    detail := 'reads nothing masked any more';
    PERFORM iss.view_drop_one(item.relid, true);
    RETURN NEXT;
  END LOOP;
  pending := array(SELECT r.relid FROM iss.masked_reader r WHERE r.relkind = 'v');
  WHILE pending <> '{}' LOOP
    -- Inner views before those that read them.
    level := array(SELECT p.relid FROM unnest(pending) AS p(relid)
                   WHERE NOT EXISTS (SELECT FROM iss.view_reads(p.relid) x WHERE x.relid = ANY (pending)) ORDER BY p.relid);
    EXIT WHEN level = '{}';
    pending := array(SELECT p.relid FROM unnest(pending) AS p(relid) WHERE p.relid <> ALL (level));
    FOR item IN SELECT l.relid FROM unnest(level) AS l(relid) WHERE EXISTS (SELECT FROM iss.view_problems(l.relid)) LOOP
      base := iss.relation_name(item.relid);
      PERFORM iss.view_drop_one(item.relid, true);
      BEGIN
        copy := iss.view_build_one(item.relid);
        action := 'built';
        detail := NULL;
      EXCEPTION
        -- Somebody's DDL at the same time: the caller tries the whole of it again.
        WHEN deadlock_detected OR lock_not_available OR serialization_failure THEN RAISE;
        WHEN OTHERS THEN
          copy := NULL;
          action := 'left_out';
          detail := SQLERRM;
      END;
      INSERT INTO iss.view_copy (relid, viewid, reason, source_digest, definition_digest)
      VALUES (item.relid, copy, detail, iss.view_source_digest(item.relid), iss.digest(pg_get_viewdef(copy)));
      RETURN NEXT;
    END LOOP;
  END LOOP;
END
$$;

-- Whether each view that reads masked tables has its copy (or the reason why not), and the copy is what was proved. No rows: all is
-- well.
CREATE OR REPLACE FUNCTION iss.view_problems(p_relid oid DEFAULT NULL) RETURNS TABLE (base text, reason text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT iss.relation_name(r.relid), problem.reason
  FROM iss.masked_reader r
    LEFT JOIN iss.view_copy c ON c.relid = r.relid
    LEFT JOIN pg_class v ON v.oid = c.viewid LEFT JOIN pg_class b ON b.oid = r.relid,
    LATERAL (
      SELECT 'the masked copy of the view is missing'
      WHERE c.relid IS NULL OR c.viewid IS NOT NULL AND v.oid IS NULL
      UNION ALL SELECT 'the view or what it reads changed since its masked copy was made'
        WHERE c.source_digest <> iss.view_source_digest(r.relid)
      UNION ALL SELECT 'the masked copy was changed'
        WHERE v.oid IS NOT NULL AND (c.definition_digest <> iss.digest(pg_get_viewdef(v.oid)) OR v.relname <> b.relname
          OR v.relnamespace <> to_regnamespace(quote_ident(iss.shadow_schema(
               (SELECT n.nspname FROM pg_namespace n WHERE n.oid = b.relnamespace)))))
      UNION ALL SELECT iss.view_unproved(r.relid, v.oid)
        WHERE v.oid IS NOT NULL AND iss.view_unproved(r.relid, v.oid) IS NOT NULL
    ) AS problem(reason)
  WHERE r.relkind = 'v' AND (p_relid IS NULL OR r.relid = p_relid)
$$;
