-- What a member of the scope may do besides the scope, because PUBLIC may: each a road round the masks.
CREATE OR REPLACE FUNCTION iss.findings_rights(p_role name)
RETURNS TABLE (kind text, object text, severity text, reason text, cure text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT 'public_select', iss.relation_name(c.relid), 'refuse',
         format('PUBLIC or the scope may read masked columns: %s', string_agg(quote_ident(c.attname), ', ' ORDER BY c.attnum)),
         format('REVOKE SELECT ON TABLE %1$s FROM PUBLIC; REVOKE SELECT (%2$s) ON TABLE %1$s FROM PUBLIC;', iss.relation_name(c.relid),
                string_agg(quote_ident(c.attname), ', ' ORDER BY c.attnum))
  FROM iss.masked_column c
  WHERE c.state <> 'free' AND has_column_privilege(p_role, c.relid, c.attnum, 'SELECT')
  GROUP BY c.relid
  UNION ALL
  SELECT 'public_privilege', iss.relation_name(m.relid), 'refuse',
         'TRIGGER shows whole rows to a function of the lease''s, REFERENCES answers whether a value exists',
         format('REVOKE TRIGGER, REFERENCES ON TABLE %s FROM PUBLIC;', iss.relation_name(m.relid))
  FROM iss.masked_table m
  WHERE has_table_privilege(p_role, m.relid, 'TRIGGER') OR has_any_column_privilege(p_role, m.relid, 'REFERENCES')
  UNION ALL
  -- 17 and newer. The name is not known to older ones; only PUBLIC can hold it, since scopes do not grant it.
  SELECT 'public_privilege', iss.relation_name(m.relid) || ' (MAINTAIN)', 'refuse',
         'who may CLUSTER a table reads its rows in the order of masked columns afterwards',
         format('REVOKE MAINTAIN ON TABLE %s FROM PUBLIC;', iss.relation_name(m.relid))
  FROM iss.masked_table m JOIN pg_class c ON c.oid = m.relid CROSS JOIN LATERAL aclexplode(c.relacl) x
  WHERE x.grantee = 0 AND x.privilege_type = 'MAINTAIN'
  UNION ALL
  SELECT 'definer_function', p.oid::regprocedure::text, 'refuse',
         format('SECURITY DEFINER: it runs with the rights of %s, and %s may call it', pg_get_userbyid(p.proowner),
                CASE WHEN has_function_privilege('public', p.oid, 'EXECUTE') THEN 'PUBLIC' ELSE 'the scope' END),
         format('REVOKE EXECUTE ON ROUTINE %s FROM %s;', p.oid::regprocedure,
                CASE WHEN has_function_privilege('public', p.oid, 'EXECUTE') THEN 'PUBLIC' ELSE quote_ident(p_role) END)
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
  WHERE p.prosecdef AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
    AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_temp_' AND has_function_privilege(p_role, p.oid, 'EXECUTE')
    -- Ours for migrations, which act on what the session's user owns.
    AND NOT (p.oid IN (to_regprocedure('iss.migration()'), to_regprocedure('iss_ddl.migration_start(text,text)'))
             AND p.proowner = (SELECT i.nspowner FROM pg_namespace i WHERE i.nspname = 'iss'))
    -- Our look-ups, as we made them; for PUBLIC they are not.
    AND NOT (p.oid IN (SELECT f.funcid FROM iss.lookup_function f) AND NOT has_function_privilege('public', p.oid, 'EXECUTE'))
  UNION ALL
  -- Functions of an aggregate run when its owner may call them; who calls the aggregate is not asked for.
  SELECT 'definer_function', p.oid::regprocedure::text, 'refuse',
         format('an aggregate over %s, SECURITY DEFINER, which need not be for everybody: it runs with the rights of %s, and %s may call it',
                string_agg(DISTINCT f.oid::regprocedure::text, ', '), string_agg(DISTINCT pg_get_userbyid(f.proowner), ', '),
                CASE WHEN has_function_privilege('public', p.oid, 'EXECUTE') THEN 'PUBLIC' ELSE 'the scope' END),
         format('REVOKE EXECUTE ON ROUTINE %s FROM %s;', p.oid::regprocedure,
                CASE WHEN has_function_privilege('public', p.oid, 'EXECUTE') THEN 'PUBLIC' ELSE quote_ident(p_role) END)
  FROM pg_aggregate a JOIN pg_proc p ON p.oid = a.aggfnoid
    JOIN pg_proc f ON f.oid IN (a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn, a.aggdeserialfn, a.aggmtransfn, a.aggminvtransfn,
                                a.aggmfinalfn) AND f.prosecdef
  WHERE has_function_privilege(p_role, p.oid, 'EXECUTE')
  GROUP BY p.oid
  UNION ALL
  SELECT CASE r.relkind WHEN 'm' THEN 'materialized_view' ELSE 'view' END, iss.relation_name(r.relid), 'refuse',
         'it reads masked tables with its owner''s rights, and the scope or PUBLIC may read it',
         format('REVOKE SELECT ON TABLE %s FROM PUBLIC;', iss.relation_name(r.relid))
  FROM iss.masked_reader r WHERE r.leaks AND has_any_column_privilege(p_role, r.relid, 'SELECT')
  UNION ALL
  SELECT 'foreign_table', iss.relation_name(c.oid), 'refuse',
         'it reads another server (or this one) by a user mapping, past the masks of where it reads',
         format('-- label its columns, leave it out by `except`, or: REVOKE SELECT ON TABLE %s FROM PUBLIC;', iss.relation_name(c.oid))
  FROM pg_class c
  WHERE c.relkind = 'f' AND c.oid NOT IN (SELECT m.relid FROM iss.masked_table m)
    AND has_any_column_privilege(p_role, c.oid, 'SELECT')
  UNION ALL
  SELECT 'foreign_server', s.srvname::text, 'refuse', 'a lease could make a foreign table or use dblink with it',
         format('REVOKE USAGE ON FOREIGN SERVER %I FROM PUBLIC;', s.srvname)
  FROM pg_foreign_server s WHERE has_server_privilege(p_role, s.oid, 'USAGE')
  UNION ALL
  SELECT 'foreign_data_wrapper', w.fdwname::text, 'refuse', 'a lease could make a server with it',
         format('REVOKE USAGE ON FOREIGN DATA WRAPPER %I FROM PUBLIC;', w.fdwname)
  FROM pg_foreign_data_wrapper w WHERE has_foreign_data_wrapper_privilege(p_role, w.oid, 'USAGE')
  UNION ALL
  SELECT 'user_mapping', format('PUBLIC on %s', m.srvname), 'refuse', 'whoever reads a foreign table of the server reads as this user',
         format('DROP USER MAPPING FOR PUBLIC SERVER %I;', m.srvname)
  FROM pg_user_mappings m
  WHERE m.umuser = 0 AND (has_server_privilege(p_role, m.srvid, 'USAGE')
    OR EXISTS (SELECT FROM pg_foreign_table t WHERE t.ftserver = m.srvid AND has_any_column_privilege(p_role, t.ftrelid, 'SELECT')))
  UNION ALL
  SELECT 'extension', e.extname::text, 'refuse',
         'its functions run queries over connections or jobs of their own, past this session''s rights, and PUBLIC may call them',
         string_agg(format('REVOKE EXECUTE ON ROUTINE %s FROM PUBLIC;', p.oid::regprocedure), ' ' ORDER BY p.oid)
  FROM pg_extension e
    JOIN pg_depend d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
         AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e'
    JOIN pg_proc p ON p.oid = d.objid
  WHERE e.extname IN ('dblink', 'plproxy', 'pg_cron', 'pg_background', 'http', 'pg_net', 'pg_task', 'pldbgapi')
    AND p.prorettype <> 'fdw_handler'::regtype AND has_function_privilege(p_role, p.oid, 'EXECUTE')
  GROUP BY e.extname
  UNION ALL
  SELECT 'language', l.lanname::text, 'refuse',
         'marked as trusted, though code in it does on the server''s host what it likes, and PUBLIC or the scope may write some',
         format('UPDATE pg_language SET lanpltrusted = false WHERE lanname = %L;', l.lanname)
  FROM pg_language l WHERE l.lanpltrusted AND l.lanname ~ '(u|^c|^internal)$' AND has_language_privilege(p_role, l.oid, 'USAGE')
  UNION ALL
  SELECT 'old_catalog', 'pg_stats_ext_exprs', 'refuse',
         'this cluster was made before CVE-2024-4317: statistics of expressions over masked columns can be read',
         '-- as superuser, in every database: \i share/fix-CVE-2024-4317.sql (release notes of that update)'
  WHERE to_regclass('pg_catalog.pg_stats_ext_exprs') IS NOT NULL
    AND strpos(pg_get_viewdef(to_regclass('pg_catalog.pg_stats_ext_exprs')), 'pg_has_role') = 0
    AND EXISTS (SELECT FROM pg_statistic_ext x JOIN iss.masked_table m ON m.relid = x.stxrelid)
  UNION ALL
  -- Not refused: a database of its own has its own PUBLIC and its own findings; but the scope speaks of one database.
  SELECT 'public_connect', d.datname::text, 'warn', 'a lease may connect to this database too, with what PUBLIC may do there',
         format('REVOKE CONNECT ON DATABASE %I FROM PUBLIC;', d.datname)
  FROM pg_database d
  WHERE d.datallowconn AND d.datname <> current_database() AND has_database_privilege(p_role, d.oid, 'CONNECT')
  UNION ALL
  SELECT 'public_create', n.nspname::text, 'warn',
         'a lease may put functions there that others call by mistake (CVE-2018-1058), and objects that outlive it until cleaned',
         format('REVOKE CREATE ON SCHEMA %I FROM PUBLIC;', n.nspname)
  FROM pg_namespace n WHERE has_schema_privilege('public', n.oid, 'CREATE') AND iss.is_governed_schema(n.nspname)
  UNION ALL
  -- Not refused: whoever may read raw values may write them down anywhere.
  SELECT 'unmasked_writer', x.scope_name, 'warn',
         format('an unmasked scope that may write what this one reads: %s%s', string_agg(x.table_name, ', ' ORDER BY x.table_name) FILTER (WHERE x.number < 4),
                CASE WHEN count(*) > 3 THEN format(' and %s more', count(*) - 3) ELSE '' END),
         '-- grant it no more than it needs, or label what it copies raw values to'
  FROM (
    SELECT s.scope_name, iss.relation_name(c.oid) AS table_name, row_number() OVER (PARTITION BY s.role_name ORDER BY iss.relation_name(c.oid)) AS number
    FROM iss.scope s JOIN pg_roles r ON r.rolname = s.role_name
      JOIN pg_class c ON c.relkind IN ('r', 'p', 'f') JOIN pg_namespace n ON n.oid = c.relnamespace AND iss.is_governed_schema(n.nspname)
    WHERE (s.definition ->> 'unmasked')::boolean AND s.role_name <> p_role
      AND has_any_column_privilege(p_role, c.oid, 'SELECT') AND has_any_column_privilege(r.oid, c.oid, 'INSERT, UPDATE')) AS x
  GROUP BY x.scope_name
  UNION ALL
  SELECT 'default_privileges', format('%s%s', pg_get_userbyid(a.defaclrole), coalesce(' in ' || n.nspname, '')), 'warn',
         'tables and views that this role makes later may be read by PUBLIC at once',
         format('ALTER DEFAULT PRIVILEGES FOR ROLE %I%s REVOKE SELECT ON TABLES FROM PUBLIC;', pg_get_userbyid(a.defaclrole),
                CASE WHEN n.nspname IS NULL THEN '' ELSE format(' IN SCHEMA %I', n.nspname) END)
  FROM pg_default_acl a CROSS JOIN LATERAL aclexplode(a.defaclacl) x LEFT JOIN pg_namespace n ON n.oid = a.defaclnamespace
  WHERE a.defaclobjtype = 'r' AND x.grantee = 0 AND x.privilege_type = 'SELECT'
$$;
