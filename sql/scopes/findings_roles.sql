-- What is wrong with the roles themselves: a scope role is NOLOGIN, in nothing, owns nothing, and holds only what this database
-- gave it; the shadows' owner is nobody's role.
CREATE OR REPLACE FUNCTION iss.findings_roles(p_role name)
RETURNS TABLE (kind text, object text, severity text, reason text, cure text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  WITH ours(oid, name) AS (
    SELECT r.oid, r.rolname FROM pg_roles r WHERE r.rolname IN (p_role, 'iss_via_proxy', 'iss_direct')
  )
  SELECT 'role_attribute', o.name::text, 'refuse',
         'the role has an attribute that goes past privileges (login, superuser, createrole, createdb, replication or bypassrls)',
         format('ALTER ROLE %I NOLOGIN NOSUPERUSER NOCREATEROLE NOCREATEDB NOREPLICATION NOBYPASSRLS;', o.name)
  FROM ours o JOIN pg_roles r ON r.oid = o.oid
  WHERE r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication OR r.rolbypassrls OR r.rolcanlogin
  UNION ALL
  SELECT 'membership', format('%s in %s', o.name, g.rolname), 'refuse',
         format('every lease would have the rights of %s', g.rolname), format('REVOKE %I FROM %I;', g.rolname, o.name)
  FROM ours o JOIN pg_auth_members m ON m.member = o.oid JOIN pg_roles g ON g.oid = m.roleid
  -- But for the one that policy hands out: findings_existing_role().
  WHERE NOT EXISTS (SELECT FROM iss.scope s WHERE s.role_name = o.name AND s.definition ->> 'role' = g.rolname)
  UNION ALL
  SELECT 'ownership', coalesce(CASE WHEN d.dbid IN (0, b.oid) THEN pg_describe_object(d.classid, d.objid, d.objsubid) END,
                               format('an object in database %s', (SELECT x.datname FROM pg_database x WHERE x.oid = d.dbid))),
         'refuse', format('%s owns it, so every lease could change it and what it leaves behind', o.name),
         format('-- hand it to a role without rights: REASSIGN OWNED BY %I TO iss_quarantine;', o.name)
  FROM ours o JOIN pg_shdepend d ON d.refclassid = 'pg_authid'::regclass AND d.refobjid = o.oid AND d.deptype = 'o'
    JOIN pg_database b ON b.datname = current_database()
  -- Temporary ones go with their session.
  WHERE d.dbid <> b.oid OR coalesce((pg_identify_object(d.classid, d.objid, d.objsubid)).schema, '') !~ '^pg_temp'
  UNION ALL
  SELECT 'unmanaged_grant', coalesce(CASE WHEN d.dbid IN (0, b.oid) THEN pg_describe_object(d.classid, d.objid, d.objsubid) END,
                                     format('an object in database %s', (SELECT x.datname FROM pg_database x WHERE x.oid = d.dbid))),
         'refuse', format('%s holds a privilege on it that no scope gave', o.name), format('-- REVOKE it from %I', o.name)
  FROM ours o JOIN pg_shdepend d ON d.refclassid = 'pg_authid'::regclass AND d.refobjid = o.oid AND d.deptype = 'a'
    JOIN pg_database b ON b.datname = current_database()
  WHERE o.name <> p_role OR d.dbid NOT IN (0, b.oid) OR d.dbid = 0 AND d.objid <> b.oid
     OR d.classid NOT IN ('pg_class'::regclass, 'pg_proc'::regclass, 'pg_namespace'::regclass, 'pg_database'::regclass)
  UNION ALL
  SELECT 'mask_owner', 'iss_mask_owner', 'refuse', 'it may log in, or is exempt from row-level security or privileges',
         'ALTER ROLE iss_mask_owner NOLOGIN NOSUPERUSER NOBYPASSRLS;'
  FROM pg_roles r WHERE r.rolname = 'iss_mask_owner' AND (r.rolcanlogin OR r.rolsuper OR r.rolbypassrls)
  UNION ALL
  SELECT 'mask_owner', format('%s in iss_mask_owner', r.rolname), 'refuse',
         'members of the shadows'' owner read every masked column', format('REVOKE iss_mask_owner FROM %I;', r.rolname)
  FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member
  WHERE m.roleid = 'iss_mask_owner'::regrole AND NOT r.rolsuper
    -- 16 and newer: who made the roles keeps ADMIN on them, without their rights; it could as well make itself the issuer's admin.
    AND coalesce((to_jsonb(m) ->> 'inherit_option')::boolean OR (to_jsonb(m) ->> 'set_option')::boolean, true)
    AND m.member <> (SELECT n.nspowner FROM pg_namespace n WHERE n.nspname = 'iss')
  UNION ALL
  -- That of reading too much shows nothing by itself.
  SELECT 'mask_owner', format('iss_mask_owner on %s (%s)', iss.relation_name(e.relid), e.privilege), 'refuse',
         'the shadows'' owner holds a privilege that no shadow needs, and whoever gave it to it is not the table''s owner',
         format('-- as who gave it: REVOKE %s FROM iss_mask_owner;', iss.grant_clause('relation', e.relid, e.privilege, array_agg(e.attnum)))
  FROM iss.mask_owner_excess() e WHERE e.privilege <> 'SELECT' GROUP BY e.relid, e.privilege, e.attnum = 0
$$;
