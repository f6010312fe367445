-- In database "issuer", after bootstrap/roles.sql, as who ran that. Idempotent.
DO $$
DECLARE
  actor name;
  admin constant name := coalesce(nullif(current_setting('issuer.admin', true), ''), 'issuer_admin');
BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = current_database() AND pg_get_userbyid(datdba) = admin) THEN
    EXECUTE format('ALTER DATABASE %I OWNER TO %I', current_database(), admin);
  END IF;
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());

  -- To prove that pg_hba.conf keeps leases behind the proxy (`issuerctl status`), also where proxy and issuer share an address.
  BEGIN
    EXECUTE format('GRANT SELECT ON pg_catalog.pg_hba_file_rules TO %I', admin);
    EXECUTE format('GRANT EXECUTE ON FUNCTION pg_catalog.pg_hba_file_rules() TO %I', admin);
  EXCEPTION WHEN insufficient_privilege THEN
    RAISE WARNING 'only a superuser may let % read pg_hba_file_rules: status proves pg_hba.conf by logins alone', admin;
  END;

  -- 16 and newer: one function for each creator and the grantor, which runs statements as that role. Only the admin may call them.
  -- The roles themselves can do nothing but create roles, or grant memberships in scopes.
  IF current_setting('server_version_num')::int >= 160000 THEN
    EXECUTE format('CREATE SCHEMA IF NOT EXISTS issuer_as AUTHORIZATION %I', admin);
    FOR actor IN SELECT rolname FROM pg_catalog.pg_roles WHERE rolname ~ '^iss_(creator_[0-9]+|grantor)$' LOOP
      CONTINUE WHEN to_regprocedure(format('issuer_as.%I(text)', actor)) IS NOT NULL;
      EXECUTE format($f$
        CREATE FUNCTION issuer_as.%I(statements text) RETURNS void
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'BEGIN EXECUTE statements; END'
        $f$, actor);
      EXECUTE format('REVOKE ALL ON FUNCTION issuer_as.%I(text) FROM PUBLIC', actor);
      EXECUTE format('GRANT EXECUTE ON FUNCTION issuer_as.%I(text) TO %I', actor, admin);
      -- Without superuser the new owner must be one's own, and allowed to create here, for the moment of the change.
      IF NOT (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) THEN
        EXECUTE format('GRANT %I TO %I WITH SET TRUE, INHERIT FALSE', actor, current_user);
        EXECUTE format('GRANT CREATE ON SCHEMA issuer_as TO %I', actor);
      END IF;
      EXECUTE format('ALTER FUNCTION issuer_as.%I(text) OWNER TO %I', actor, actor);
      IF NOT (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) THEN
        EXECUTE format('REVOKE CREATE ON SCHEMA issuer_as FROM %I', actor);
        EXECUTE format('REVOKE SET OPTION FOR %I FROM %I', actor, current_user);
      END IF;
    END LOOP;
  END IF;
END
$$;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
