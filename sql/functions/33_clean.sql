-- Objects that a lease's role owns, in whatever database.

-- What there is to clean, one row for each lease and database. Usually none: roles that own nothing are seen in one index look-up.
CREATE OR REPLACE FUNCTION issuer.clean_plan(lease_ids uuid[])
RETURNS TABLE (lease_id uuid, role_name text, role_oid oid, keep_objects boolean, database text, prepared text[])
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  WITH ended AS (
    SELECT r.lease_id, r.role_name, r.role_oid, l.keep_objects
    FROM issuer.lease_role r JOIN issuer.lease l ON l.id = r.lease_id
    WHERE r.lease_id = ANY (clean_plan.lease_ids) AND r.state = 'disabled'
  ), found AS (
    -- Grants on shared objects (dbid 0: a database's ACL) are dropped from any database: from this one.
    SELECT e.lease_id, coalesce(b.datname, current_database()) AS database, NULL::text AS gid
    FROM ended e
    JOIN pg_shdepend d ON d.refclassid = 'pg_authid'::regclass AND d.refobjid = e.role_oid
    LEFT JOIN pg_database b ON b.oid = d.dbid
    WHERE d.classid <> 'pg_auth_members'::regclass
    UNION ALL
    SELECT e.lease_id, x.database, x.gid FROM ended e JOIN pg_prepared_xacts x ON x.owner = e.role_name
  )
  SELECT e.lease_id, e.role_name::text, e.role_oid, e.keep_objects, f.database::text,
    coalesce(array_agg(f.gid ORDER BY f.gid) FILTER (WHERE f.gid IS NOT NULL), '{}')
  FROM found f JOIN ended e USING (lease_id)
  GROUP BY e.lease_id, e.role_name, e.role_oid, e.keep_objects, f.database
  ORDER BY e.lease_id, f.database
$$;

-- Makes the admin a member of a disabled lease's role, after that has left its scope, so that it may drop what the role owns and
-- roll back what it prepared. The membership goes with the role.
CREATE OR REPLACE FUNCTION issuer.clean_begin(lease_id uuid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  held record;
BEGIN
  SELECT * INTO held FROM issuer.lease_role WHERE lease_id = clean_begin.lease_id AND state = 'disabled';
  IF NOT FOUND THEN
    RETURN;
  END IF;
  PERFORM issuer.leave_scope(ARRAY[clean_begin.lease_id]);
  PERFORM issuer.run_as(held.creator, format('GRANT %I TO %I %s', held.role_name, session_user,
    CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'WITH INHERIT TRUE, SET TRUE' ELSE '' END));
END
$$;

CREATE OR REPLACE FUNCTION issuer.cleaned(lease_id uuid, database text, outcome text) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO issuer.lease_event (lease_id, kind, detail)
  VALUES ($1, 'cleaned', jsonb_build_object('database', $2, 'outcome', $3))
$$;
