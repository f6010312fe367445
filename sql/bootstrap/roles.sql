-- What a superuser (or, on a managed service, its CREATEROLE admin) runs once in a cluster, from any database. Idempotent.
-- The issuer's admin is current_setting('issuer.admin'), 'issuer_admin' when that is not set; it gets no password here.
--
-- issuer_admin is no superuser. What it gets, and why:
--   CREATEROLE              to create, alter, comment and drop lease roles. On 15 and older this is nearly a superuser's right (it may
--                           alter every role that is none); on 16 and newer it reaches only roles that it or its creators made.
--   pg_signal_backend       to end a lease's sessions by OID, also after the role was dropped; it cannot signal superusers' backends.
--                           Without it (16 and newer: only who has ADMIN on it may grant it) it ends them as a member of their roles.
--   pg_read_all_stats       to tell, on 18, a client that is logging in from an autovacuum worker (the barrier of `evict`), and to
--                           show where direct leases' sessions come from.
--   EXECUTE on issuer_as.*  (16 and newer) to create and drop as iss_creator_N, and to grant as iss_grantor, the one grantor of
--                           memberships, so that dropping any other role never takes memberships along. Not by SET ROLE: that
--                           would read all live leases of all creators each time.
--   member of iss_quarantine, iss_mask_owner    to hand objects to them; they hold nothing of their own when this ends
--   SET on log_* parameters (15 and newer) so that SCRAM verifiers stay out of the server's log on its connections
--   owner of database "issuer", and in it reader of pg_hba_file_rules  (bootstrap/privileges.sql)
-- Membership in the owners of governed objects is added for each scope that needs it (issuerctl policy check names them).
DO $$
DECLARE
  version constant int := current_setting('server_version_num')::int;
  admin constant name := coalesce(nullif(current_setting('issuer.admin', true), ''), 'issuer_admin');
  -- 16 and newer tell apart what a membership allows.
  admin_only constant text := CASE WHEN version >= 160000 THEN 'WITH ADMIN TRUE, SET FALSE, INHERIT FALSE' ELSE 'WITH ADMIN OPTION' END;
  is_superuser constant boolean := (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user);
  role_name name;
  parameter text;
  kept text[] := '{}';
BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = admin) THEN
    EXECUTE format('CREATE ROLE %I LOGIN CREATEROLE', admin);
  END IF;
  -- A superuser that was given to be used as it is needs nothing more, and must not be changed.
  IF NOT (SELECT rolsuper OR rolcreaterole FROM pg_catalog.pg_roles WHERE rolname = admin) THEN
    EXECUTE format('ALTER ROLE %I CREATEROLE', admin);
  END IF;
  -- Without superuser one must be a member to make things in its name. Whoever runs this takes the membership back at the end.
  IF NOT is_superuser AND admin <> current_user THEN
    EXECUTE format('GRANT %I TO %I %s', admin, current_user, CASE WHEN version >= 160000 THEN 'WITH INHERIT TRUE, SET TRUE' ELSE '' END);
  END IF;

  FOREACH role_name IN ARRAY '{iss_grantor,iss_via_proxy,iss_direct,iss_mask_owner,iss_quarantine}'::name[] LOOP
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = role_name) THEN
      -- NOINHERIT: on 15 and older the grantor is a member of what it grants, and must gain nothing by it.
      EXECUTE format('CREATE ROLE %I NOLOGIN NOINHERIT', role_name);
    END IF;
  END LOOP;
  EXECUTE format('GRANT iss_via_proxy, iss_direct TO iss_grantor %s', admin_only);
  EXECUTE format('GRANT iss_quarantine, iss_mask_owner TO %I', admin);

  -- From 16 on whoever creates a role becomes a member of it (ADMIN), and each change of a role reads all of its creator's
  -- memberships: 339 ms with 10,000 live leases of one creator. So leases are spread over many.
  IF version >= 160000 THEN
    FOR k IN 1..coalesce(nullif(current_setting('issuer.creators', true), ''), '64')::int LOOP
      role_name := 'iss_creator_' || k;
      IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = role_name) THEN
        EXECUTE format('CREATE ROLE %I NOLOGIN NOINHERIT CREATEROLE', role_name);
      END IF;
    END LOOP;
  END IF;

  FOREACH role_name IN ARRAY '{pg_signal_backend,pg_read_all_stats}'::name[] LOOP
    CONTINUE WHEN pg_catalog.pg_has_role(admin, role_name, 'USAGE');
    BEGIN
      EXECUTE format('GRANT %I TO %I', role_name, admin);
    EXCEPTION WHEN insufficient_privilege THEN
      RAISE WARNING '% has no ADMIN on %, so % does not get it: %', current_user, role_name, admin, CASE role_name
        WHEN 'pg_signal_backend' THEN 'it ends the sessions of leases as a member of their roles, and cannot when somebody else dropped the role'
        ELSE 'it cannot tell from where direct leases are used' END;
    END;
  END LOOP;

  IF version >= 150000 THEN
    FOREACH parameter IN ARRAY '{log_statement,log_min_duration_statement,log_min_duration_sample,log_transaction_sample_rate,
        log_min_error_statement,log_parameter_max_length,pg_stat_statements.track,auto_explain.log_min_duration}'::text[] LOOP
      BEGIN
        EXECUTE format('GRANT SET ON PARAMETER %s TO %I', parameter, admin);
      EXCEPTION WHEN insufficient_privilege THEN
        kept := kept || parameter;
      END;
    END LOOP;
    IF kept <> '{}' THEN
      RAISE WARNING 'only a superuser may let % set %: SCRAM verifiers (not passwords) may stand in the server''s log', admin,
        array_to_string(kept, ', ');
    END IF;
  END IF;
END
$$;
