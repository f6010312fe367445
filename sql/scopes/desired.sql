-- Which privileges a scope role should hold, which it holds, and the difference made good.
--
-- A scope's definition is policy's own (Scope of Sources/Policy, as JSON):
--   {"name": "support-read", "database": "shop", "unmasked": false,
--    "privileges": [{"objects": "tables", "patterns": ["public.*"], "except": ["public.*_log"], "privileges": ["select"]}, ...]}
-- With "writeMasked": true an entry's INSERT and UPDATE are for masked columns too. With "role": an existing role of the cluster, which the
-- scope role becomes a member of (existing_role.sql), and "enforcement": "best-effort", where that may read masked columns.
-- One place is not policy's: database privileges beyond CONNECT are never granted.

-- The objects that a scope's patterns mean, with the privileges asked for. `named` tells that no wildcard was needed,
-- `write_masked` that masked columns may be written.
DROP FUNCTION IF EXISTS iss.scope_objects(jsonb);
CREATE OR REPLACE FUNCTION iss.scope_objects(p_definition jsonb)
RETURNS TABLE (objects text, objid oid, schema_name name, privilege text, named boolean, write_masked boolean)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  WITH asked AS (
    SELECT x.entry ->> 'objects' AS objects, x.entry -> 'patterns' AS patterns, coalesce(x.entry -> 'except', '[]') AS except,
           upper(p.value) AS privilege, coalesce((x.entry ->> 'writeMasked')::boolean, false) AS write_masked,
           (SELECT jsonb_agg(n.value) FROM jsonb_array_elements_text(x.entry -> 'patterns') AS n(value)
            WHERE n.value !~ '[*?]') AS exact
    FROM jsonb_array_elements(coalesce(p_definition -> 'privileges', '[]')) AS x(entry),
         jsonb_array_elements_text(x.entry -> 'privileges') AS p(value)
  ), governed AS MATERIALIZED (
    -- First, since most of a catalog's functions are pg_catalog's.
    SELECT n.oid, n.nspname FROM pg_namespace n WHERE iss.is_governed_schema(n.nspname)
  ), candidate AS (
    SELECT CASE WHEN c.relkind = 'S' THEN 'sequences' ELSE 'tables' END AS objects, c.oid AS objid,
           n.nspname AS schema_name, c.relname AS name, NULL::text AS arguments
    FROM pg_class c JOIN governed n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.relpersistence <> 't'
    UNION ALL
    SELECT 'functions', p.oid, n.nspname, p.proname,
           array_to_string(array(SELECT format_type(t, NULL) FROM unnest(p.proargtypes) AS t), ',')
    FROM pg_proc p JOIN governed n ON n.oid = p.pronamespace
    UNION ALL
    SELECT 'schemas', n.oid, n.nspname, NULL, NULL FROM governed n
  )
  SELECT c.objects, c.objid, c.schema_name, a.privilege,
         bool_or(iss.matches(a.exact, c.schema_name, c.name, c.arguments)), bool_or(a.write_masked)
  FROM asked a JOIN candidate c USING (objects)
  WHERE iss.matches(a.patterns, c.schema_name, c.name, c.arguments)
    AND NOT iss.matches(a.except, c.schema_name, c.name, c.arguments)
  GROUP BY c.objects, c.objid, c.schema_name, a.privilege
$$;

-- Matched objects that a scope does not get, and why; they are reported, not granted.
CREATE OR REPLACE FUNCTION iss.scope_left_out(p_definition jsonb) RETURNS TABLE (objects text, objid oid, kind text, reason text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  WITH object AS MATERIALIZED (SELECT * FROM iss.scope_objects(p_definition))
  SELECT DISTINCT o.objects, o.objid, 'view_left_out',
         CASE r.relkind WHEN 'm' THEN 'it holds copies of masked values (materialized)'
           ELSE 'it reads masked tables with its owner''s rights, and has no masked copy: '
             || coalesce(c.reason, 'none was made yet') END
  FROM object o JOIN iss.masked_reader r ON r.relid = o.objid AND r.leaks
    LEFT JOIN iss.view_copy c ON c.relid = r.relid
  WHERE o.objects = 'tables' AND c.viewid IS NULL AND NOT coalesce((p_definition ->> 'unmasked')::boolean, false)
  UNION ALL
  SELECT DISTINCT o.objects, o.objid, 'function_left_out',
         'it runs with its owner''s rights (SECURITY DEFINER); a pattern does not grant it, naming it does'
  FROM object o JOIN pg_proc p ON p.oid = o.objid AND p.prosecdef
  WHERE o.objects = 'functions' AND NOT o.named AND NOT coalesce((p_definition ->> 'unmasked')::boolean, false)
  UNION ALL
  -- Else whoever may create something in a schema would have every scope refused that means all of the schema.
  SELECT DISTINCT o.objects, o.objid, 'lease_left_out', 'a lease made it, and it goes with the lease'
  FROM object o
  LEFT JOIN pg_class c ON c.oid = o.objid AND o.objects IN ('tables', 'sequences')
  LEFT JOIN pg_proc p ON p.oid = o.objid AND o.objects = 'functions'
  WHERE shobj_description(coalesce(c.relowner, p.proowner), 'pg_authid') LIKE 'issuer lease %'
$$;

-- Every privilege that the scope role should hold: (class, object, column or 0, privilege).
CREATE OR REPLACE FUNCTION iss.scope_desired(p_definition jsonb)
RETURNS TABLE (class text, objid oid, attnum smallint, privilege text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  unmasked CONSTANT boolean := coalesce((p_definition ->> 'unmasked')::boolean, false);
BEGIN
  RETURN QUERY
  WITH granted AS MATERIALIZED (
    SELECT o.* FROM iss.scope_objects(p_definition) o
    WHERE NOT EXISTS (SELECT FROM iss.scope_left_out(p_definition) l WHERE l.objects = o.objects AND l.objid = o.objid)
  ), reader AS MATERIALIZED (
    -- Views of masked tables that nobody may read themselves, and their copies.
    SELECT r.relid, r.leaks, c.viewid FROM iss.masked_reader r LEFT JOIN iss.view_copy c USING (relid) WHERE NOT unmasked
  ), wanted(class, objid, attnum, privilege, schema_oid) AS (
    -- Tables without masks, and the privileges of masked ones that show no column.
    SELECT 'relation', g.objid, 0::smallint, g.privilege, to_regnamespace(quote_ident(g.schema_name))::oid
    FROM granted g
    WHERE g.objects IN ('tables', 'sequences')
      AND (unmasked OR g.privilege IN ('DELETE', 'TRUNCATE') OR g.objid NOT IN (SELECT m.relid FROM iss.masked_table m))
      AND g.objid NOT IN (SELECT r.relid FROM reader r WHERE r.leaks)
    UNION ALL
    -- Masked copies of views: for reading only.
    SELECT x.class, x.objid, 0::smallint, x.privilege, x.schema_oid
    FROM granted g JOIN reader r ON r.relid = g.objid JOIN pg_class v ON v.oid = r.viewid,
         LATERAL (VALUES ('relation', v.oid, 'SELECT', v.relnamespace),
                         ('schema', to_regnamespace(quote_ident(g.schema_name))::oid, 'USAGE', NULL)) AS x(class, objid, privilege, schema_oid)
    WHERE g.objects = 'tables' AND g.privilege = 'SELECT'
    UNION ALL
    -- Masked tables: their free columns. Masked ones are never read, and written only where the scope says so; what nobody knows
    -- yet, and what is denied, is not written either.
    SELECT 'relation', g.objid, c.attnum, g.privilege, to_regnamespace(quote_ident(g.schema_name))::oid
    FROM granted g JOIN iss.masked_column c ON c.relid = g.objid
      AND (c.state = 'free' OR g.write_masked AND c.state = 'masked' AND c.mask <> 'deny' AND g.privilege <> 'SELECT')
    WHERE g.objects = 'tables' AND NOT unmasked AND g.privilege IN ('SELECT', 'INSERT', 'UPDATE')
    UNION ALL
    -- Their shadows; of one with a `deny` column the others, so that asking for it is refused.
    SELECT 'relation', v.oid, a.attnum, 'SELECT', v.relnamespace
    FROM granted g
      JOIN iss.shadow s ON s.relid = g.objid JOIN pg_class v ON v.oid = s.viewid
      JOIN LATERAL (
        SELECT 0::smallint AS attnum
        WHERE NOT EXISTS (SELECT FROM iss.masked_column c WHERE c.relid = g.objid AND c.mask = 'deny')
        UNION ALL
        SELECT va.attnum FROM pg_attribute va JOIN iss.masked_column c ON c.relid = g.objid AND c.attname = va.attname
        WHERE va.attrelid = v.oid AND va.attnum > 0 AND c.mask IS DISTINCT FROM 'deny'
          AND EXISTS (SELECT FROM iss.masked_column d WHERE d.relid = g.objid AND d.mask = 'deny')) AS a ON true
    WHERE g.objects = 'tables' AND NOT unmasked AND g.privilege = 'SELECT'
    UNION ALL
    -- Row locks through them, for who may update the table: of the one column that no UPDATE can name (locking.sql).
    SELECT 'relation', l.viewid, l.view_attnum, 'UPDATE', v.relnamespace
    FROM granted g JOIN granted u ON u.objects = g.objects AND u.objid = g.objid AND u.privilege = 'UPDATE'
      JOIN iss.locking_columns() l ON l.relid = g.objid JOIN pg_class v ON v.oid = l.viewid
    WHERE g.objects = 'tables' AND NOT unmasked AND g.privilege = 'SELECT' AND EXISTS (
      SELECT FROM iss.masked_column c
      WHERE c.relid = g.objid AND (c.state = 'free' OR u.write_masked AND c.state = 'masked' AND c.mask <> 'deny'))
    UNION ALL
    -- Look-ups of their columns; without a code from the proxy they answer nothing.
    SELECT 'function', f.funcid, 0::smallint, 'EXECUTE', f.pronamespace
    FROM granted g JOIN iss.lookup_function f ON f.relid = g.objid
    WHERE g.objects = 'tables' AND NOT unmasked AND g.privilege = 'SELECT'
    UNION ALL
    -- What shadows call: functions in a view run with the caller's rights.
    SELECT 'function', f.oid, 0::smallint, 'EXECUTE', 'iss'::regnamespace::oid FROM iss.mask_functions() AS f(oid) WHERE NOT unmasked
    UNION ALL
    SELECT 'function', g.objid, 0::smallint, g.privilege, to_regnamespace(quote_ident(g.schema_name))::oid
    FROM granted g WHERE g.objects = 'functions'
    UNION ALL
    SELECT 'schema', g.objid, 0::smallint, g.privilege, g.objid FROM granted g WHERE g.objects = 'schemas'
  )
  SELECT DISTINCT w.class, w.objid, w.attnum, w.privilege FROM wanted w
  UNION
  SELECT 'schema', w.schema_oid, 0::smallint, 'USAGE' FROM wanted w WHERE w.schema_oid IS NOT NULL
  UNION
  SELECT 'database', d.oid, 0::smallint, 'CONNECT' FROM pg_database d WHERE d.datname = current_database();
END
$$;

-- Every privilege that the role holds by name (what PUBLIC holds is findings.sql's).
CREATE OR REPLACE FUNCTION iss.scope_actual(p_role oid) RETURNS TABLE (class text, objid oid, attnum smallint, privilege text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT 'relation', c.oid, 0::smallint, x.privilege_type FROM pg_class c, aclexplode(c.relacl) x WHERE x.grantee = p_role
  UNION
  SELECT 'relation', a.attrelid, a.attnum, x.privilege_type FROM pg_attribute a, aclexplode(a.attacl) x
  WHERE x.grantee = p_role AND NOT a.attisdropped
  UNION
  SELECT 'schema', n.oid, 0::smallint, x.privilege_type FROM pg_namespace n, aclexplode(n.nspacl) x WHERE x.grantee = p_role
  UNION
  SELECT 'function', p.oid, 0::smallint, x.privilege_type FROM pg_proc p, aclexplode(p.proacl) x WHERE x.grantee = p_role
  UNION
  SELECT 'database', d.oid, 0::smallint, x.privilege_type FROM pg_database d, aclexplode(d.datacl) x
  WHERE x.grantee = p_role AND d.datname = current_database()
$$;

-- 'SELECT (id, name) ON TABLE public.users', 'EXECUTE ON ROUTINE ...': the middle of a GRANT or REVOKE.
CREATE OR REPLACE FUNCTION iss.grant_clause(p_class text, p_objid oid, p_privilege text, p_attnums smallint[]) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT format('%s%s ON %s', p_privilege,
    CASE WHEN p_attnums <> '{0}' THEN (
      SELECT format(' (%s)', string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum))
      FROM pg_attribute a WHERE a.attrelid = p_objid AND a.attnum = ANY (p_attnums)) END,
    CASE p_class
      WHEN 'relation' THEN (
        SELECT format('%s %s', CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, iss.relation_name(c.oid))
        FROM pg_class c WHERE c.oid = p_objid)
      WHEN 'schema' THEN (SELECT format('SCHEMA %I', n.nspname) FROM pg_namespace n WHERE n.oid = p_objid)
      WHEN 'function' THEN 'ROUTINE ' || p_objid::regprocedure::text
      WHEN 'database' THEN (SELECT format('DATABASE %I', d.datname) FROM pg_database d WHERE d.oid = p_objid)
    END)
$$;

-- The statements between what the role holds and what the definition wants (NULL: nothing at all), revoking first.
CREATE OR REPLACE FUNCTION iss.scope_difference(p_role name, p_definition jsonb) RETURNS TABLE (verb text, clause text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  WITH desired AS MATERIALIZED (
    SELECT * FROM iss.scope_desired(p_definition) WHERE p_definition IS NOT NULL
  ), actual AS MATERIALIZED (SELECT * FROM iss.scope_actual(to_regrole(quote_ident(p_role))::oid)
  ), difference AS (
    SELECT 'REVOKE' AS verb, x.* FROM (SELECT * FROM actual EXCEPT SELECT * FROM desired) x
    UNION ALL
    SELECT 'GRANT', x.* FROM (SELECT * FROM desired EXCEPT SELECT * FROM actual) x
  )
  SELECT d.verb, iss.grant_clause(d.class, d.objid, d.privilege, array_agg(d.attnum ORDER BY d.attnum))
  FROM difference d
  GROUP BY d.verb, d.class, d.objid, d.privilege, d.attnum = 0
  ORDER BY d.verb DESC, d.class, d.objid
$$;

-- Makes the role's privileges those of the definition. Twice, because a table-level REVOKE takes the columns' privileges with
-- it. A statement that the admin may not run is passed over, as a GRANT that only warns passes: iss.scope_missing() and the
-- findings look at what holds afterwards. Returns how many statements it ran.
CREATE OR REPLACE FUNCTION iss.scope_grant(p_role name, p_definition jsonb) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  step record;
  statements integer := 0;
BEGIN
  PERFORM iss.existing_role_join(p_role, p_definition);
  FOR pass IN 1..2 LOOP
    FOR step IN SELECT * FROM iss.scope_difference(p_role, p_definition) LOOP
      BEGIN
        EXECUTE format('%s %s %s %I', step.verb, step.clause, CASE step.verb WHEN 'GRANT' THEN 'TO' ELSE 'FROM' END, p_role);
        statements := statements + 1;
      EXCEPTION WHEN insufficient_privilege THEN
        NULL;
      END;
    END LOOP;
    EXIT WHEN statements = 0;
  END LOOP;
  RETURN statements;
END
$$;

-- Privileges of the definition that the role does not have after all: the admin does not hold the owner's rights.
CREATE OR REPLACE FUNCTION iss.scope_missing(p_role name, p_definition jsonb)
RETURNS TABLE (object text, privilege text, owner name)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE d.class
           WHEN 'relation' THEN iss.relation_name(d.objid)
           WHEN 'schema' THEN (SELECT quote_ident(n.nspname) FROM pg_namespace n WHERE n.oid = d.objid)
           WHEN 'function' THEN d.objid::regprocedure::text
           ELSE quote_ident(current_database()) END
           || CASE WHEN d.attnum > 0 THEN (SELECT '.' || quote_ident(a.attname) FROM pg_attribute a
                                           WHERE a.attrelid = d.objid AND a.attnum = d.attnum) ELSE '' END,
         d.privilege,
         pg_get_userbyid(CASE d.class
           WHEN 'relation' THEN (SELECT c.relowner FROM pg_class c WHERE c.oid = d.objid)
           WHEN 'schema' THEN (SELECT n.nspowner FROM pg_namespace n WHERE n.oid = d.objid)
           WHEN 'function' THEN (SELECT p.proowner FROM pg_proc p WHERE p.oid = d.objid)
           ELSE (SELECT b.datdba FROM pg_database b WHERE b.oid = d.objid) END)
  FROM iss.scope_desired(p_definition) d
  WHERE NOT CASE d.class
    WHEN 'relation' THEN
      CASE WHEN d.attnum > 0 THEN has_column_privilege(p_role, d.objid, d.attnum, d.privilege)
           WHEN (SELECT c.relkind FROM pg_class c WHERE c.oid = d.objid) = 'S'
             THEN has_sequence_privilege(p_role, d.objid, d.privilege)
           ELSE has_table_privilege(p_role, d.objid, d.privilege) END
    WHEN 'schema' THEN has_schema_privilege(p_role, d.objid, d.privilege)
    WHEN 'function' THEN has_function_privilege(p_role, d.objid, d.privilege)
    ELSE has_database_privilege(p_role, d.objid, d.privilege) END
$$;
