-- Migrations of others. A shadow, being a view, holds on to what it reads: `ALTER TABLE users DROP COLUMN note` fails while it stands.
-- So that a migration needs to know nothing of us, an event trigger (sql/bootstrap/ddl.sql, where a superuser made it) calls
-- iss.migration_start() before each statement that a view can block: shadows that hold on to something that the statement names go,
-- in its transaction, and come back when it commits. Without that trigger a migration calls iss.migration() itself, first of all
-- in its transaction; owners of masked tables may.
--
-- What readers see: their shadow, locked until the migration commits, then the new one. After a ROLLBACK, the old one. Nothing opens
-- in between, because what closes the columns are the base tables' privileges. What could not be built again is for the sweep.

-- Written to by a migration; the trigger at its commit rebuilds once, however many statements it had.
CREATE TABLE IF NOT EXISTS iss.migration (
  transaction xid8 PRIMARY KEY,
  started_at timestamptz NOT NULL DEFAULT now()
);

CREATE OR REPLACE FUNCTION iss.migration_end() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
BEGIN
  DELETE FROM iss.migration WHERE transaction = NEW.transaction;
  BEGIN
    PERFORM iss.shadow_rebuild();
  EXCEPTION WHEN OTHERS THEN
    -- Never the migration's failure. Masked columns stay closed, and the sweep finds what is missing.
    RAISE WARNING 'masked views could not be rebuilt: %', SQLERRM;
  END;
  RETURN NULL;
END
$$;

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_trigger WHERE tgrelid = 'iss.migration'::regclass AND tgname = 'rebuild') THEN
    CREATE CONSTRAINT TRIGGER rebuild AFTER INSERT ON iss.migration DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW EXECUTE FUNCTION iss.migration_end();
  END IF;
END
$$;

CREATE OR REPLACE FUNCTION iss.migration_note() RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO iss.migration (transaction) VALUES (pg_current_xact_id()) ON CONFLICT (transaction) DO NOTHING
$$;

-- What each shadow and copy holds on to: the table or view itself, and the relations, functions, types and schemas that it reads.
CREATE OR REPLACE FUNCTION iss.shadow_holds() RETURNS TABLE (relid oid, name name)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  WITH made AS (
    SELECT s.relid, s.viewid FROM iss.shadow s UNION ALL SELECT c.relid, c.viewid FROM iss.view_copy c WHERE c.viewid IS NOT NULL
  ), held(relid, classid, objid) AS (
    SELECT m.relid, 'pg_class'::regclass::oid, m.relid FROM made m
    UNION
    SELECT m.relid, d.refclassid, d.refobjid
    FROM made m JOIN pg_rewrite r ON r.ev_class = m.viewid
      JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refobjid <> m.viewid
  ), named(relid, name, namespace) AS (
    SELECT h.relid, c.relname, c.relnamespace FROM held h JOIN pg_class c ON h.classid = 'pg_class'::regclass AND c.oid = h.objid
    UNION SELECT h.relid, p.proname, p.pronamespace FROM held h JOIN pg_proc p ON h.classid = 'pg_proc'::regclass AND p.oid = h.objid
    UNION SELECT h.relid, t.typname, t.typnamespace FROM held h JOIN pg_type t ON h.classid = 'pg_type'::regclass AND t.oid = h.objid
  )
  SELECT n.relid, n.name FROM named n
  UNION
  SELECT n.relid, s.nspname FROM named n JOIN pg_namespace s ON s.oid = n.namespace
  WHERE s.nspname <> 'public' AND iss.is_governed_schema(s.nspname)
$$;

-- Whether a text has the name among its words, in any case and quotes.
CREATE OR REPLACE FUNCTION iss.mentions(p_words text[], p_text text, p_name name) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE WHEN p_name ~ '^[[:alnum:]_$]+$' THEN lower(p_name) = ANY (p_words) ELSE strpos(lower(p_text), lower(p_name)) > 0 END
$$;

-- Before a statement of the kind `p_tag` in the text `p_text`: by names, since an event trigger is told no objects yet. A name too
-- many only costs a rebuild; one that is put together at run time is missed, and PostgreSQL then refuses the statement as it would
-- without us. Only what belongs to roles that the session's user is a member of is touched.
CREATE OR REPLACE FUNCTION iss.migration_start(p_tag text, p_text text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
  words text[];
  held oid[];
BEGIN
  words := regexp_split_to_array(lower(p_text), '[^[:alnum:]_$]+');
  SELECT array_agg(DISTINCT h.relid) INTO held
  FROM iss.shadow_holds() h JOIN pg_class c ON c.oid = h.relid
  WHERE iss.mentions(words, p_text, h.name) AND pg_has_role(session_user, c.relowner, 'MEMBER')
    AND NOT EXISTS (SELECT FROM pg_class t WHERE t.relnamespace = pg_my_temp_schema() AND t.relname = h.name);
  IF held IS NULL THEN RETURN; END IF;
  PERFORM iss.migration_note();
  -- What only adds is not blocked; shadows follow it at the commit.
  IF p_tag !~ '^CREATE ' AND p_tag <> 'ALTER VIEW' THEN PERFORM iss.shadow_drop(held); END IF;
END
$$;

-- By hand: takes away the shadows of all tables and views of roles that the session's user is a member of, until this transaction
-- commits. Returns how many shadows that were.
CREATE OR REPLACE FUNCTION iss.migration() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
  held CONSTANT oid[] := array(
    SELECT h.relid FROM (SELECT s.relid FROM iss.shadow s UNION ALL SELECT v.relid FROM iss.view_copy v) AS h
      JOIN pg_class c ON c.oid = h.relid
    WHERE pg_has_role(session_user, c.relowner, 'MEMBER'));
BEGIN
  IF held = '{}' THEN RETURN 0; END IF;
  PERFORM iss.migration_note();
  RETURN iss.shadow_drop(held);
END
$$;
