-- Cleans the database that it runs in of what one role owns: issuer.clean_role, by the issuer's admin, in one transaction after
-- issuer.clean_begin. Sets issuer.clean_outcome: 'dropped', or 'kept' under iss_quarantine.
--
-- Never handed to a role with more rights: views and functions of the lease would run with them. iss_quarantine has no rights, and
-- what it is given loses its grants, so nobody can call or read it. Kept when policy says so (issuer.clean_keep), or when somebody
-- else's objects depend on it, which a CASCADE would destroy.
DO $$
DECLARE
  lease_role constant name := current_setting('issuer.clean_role');
  keep boolean := current_setting('issuer.clean_keep')::boolean;
  role_oid constant oid := (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = lease_role);
  item record;
  grantee name;
  opened name[] := '{}';
BEGIN
  PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
  PERFORM pg_catalog.set_config('lock_timeout', '2s', true);
  PERFORM pg_catalog.set_config('issuer.clean_outcome', 'dropped', false);
  IF role_oid IS NULL THEN
    RETURN;
  END IF;
  IF NOT keep THEN
    BEGIN
      EXECUTE format('DROP OWNED BY %I RESTRICT', lease_role);
    EXCEPTION WHEN dependent_objects_still_exist THEN
      keep := true;
    END;
  END IF;
  IF keep THEN
    CREATE TEMP TABLE iss_clean ON COMMIT DROP AS
    SELECT d.classid, d.objid FROM pg_shdepend d
    WHERE d.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND d.refclassid = 'pg_authid'::regclass AND d.refobjid = role_oid AND d.deptype = 'o';

    -- A new owner needs CREATE on the schema of a function, for the time of the change.
    FOR item IN
      SELECT DISTINCT n.oid, n.nspname FROM iss_clean c
      LEFT JOIN pg_class r ON c.classid = 'pg_class'::regclass AND r.oid = c.objid
      LEFT JOIN pg_proc p ON c.classid = 'pg_proc'::regclass AND p.oid = c.objid
      LEFT JOIN pg_type t ON c.classid = 'pg_type'::regclass AND t.oid = c.objid
      JOIN pg_namespace n ON n.oid = coalesce(r.relnamespace, p.pronamespace, t.typnamespace)
      WHERE NOT has_schema_privilege('iss_quarantine', n.oid, 'CREATE')
    LOOP
      EXECUTE format('GRANT CREATE ON SCHEMA %I TO iss_quarantine', item.nspname);
      opened := opened || item.nspname;
    END LOOP;
    EXECUTE format('REASSIGN OWNED BY %I TO iss_quarantine', lease_role);
    FOREACH grantee IN ARRAY opened LOOP
      EXECUTE format('REVOKE CREATE ON SCHEMA %I FROM iss_quarantine', grantee);
    END LOOP;

    -- Nobody but the powerless owner may use what is kept. A default ACL (NULL) lets PUBLIC execute functions.
    FOR item IN
      SELECT format('%s %s', CASE WHEN r.relkind = 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, r.oid::regclass) AS target, r.relacl AS acl
      FROM iss_clean c JOIN pg_class r ON c.classid = 'pg_class'::regclass AND r.oid = c.objid
      WHERE r.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
      UNION ALL
      SELECT format('ROUTINE %s', p.oid::regprocedure), coalesce(p.proacl, acldefault('f', p.proowner))
      FROM iss_clean c JOIN pg_proc p ON c.classid = 'pg_proc'::regclass AND p.oid = c.objid
      UNION ALL
      SELECT format('SCHEMA %I', n.nspname), n.nspacl
      FROM iss_clean c JOIN pg_namespace n ON c.classid = 'pg_namespace'::regclass AND n.oid = c.objid
    LOOP
      FOR grantee IN
        SELECT DISTINCT coalesce(u.rolname, '') FROM aclexplode(item.acl) e LEFT JOIN pg_roles u ON u.oid = e.grantee
        WHERE u.rolname IS DISTINCT FROM 'iss_quarantine'
      LOOP
        EXECUTE format('REVOKE ALL ON %s FROM %s CASCADE', item.target, CASE grantee WHEN '' THEN 'PUBLIC' ELSE quote_ident(grantee) END);
      END LOOP;
    END LOOP;
    -- What is left are privileges that others granted to the role.
    EXECUTE format('DROP OWNED BY %I RESTRICT', lease_role);
    DROP TABLE pg_temp.iss_clean;
    PERFORM pg_catalog.set_config('issuer.clean_outcome', 'kept', false);
  END IF;
END
$$;
