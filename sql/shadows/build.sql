-- Shadows: for each masked table a view of the same name in iss_m_<hash of the schema's name>, owned by iss_mask_owner, who
-- alone beside the table's owner may read the masked columns. Columns have the base's order, types, typmods and collations.
--
-- security_barrier is left off on purpose: the view hides no rows, and what a user's WHERE sees are the view's output
-- expressions, so there is nothing that a leaky function could be shown early; with it, indexes would serve leakproof
-- operators only. Row-level security of the base keeps its own barrier.

CREATE OR REPLACE FUNCTION iss.shadow_source(p_relid oid) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT format(
    'SELECT %s FROM %s AS t',
    string_agg(
      CASE c.state
        WHEN 'masked' THEN format('%s AS %I',
          iss.mask_expression(c.atttypid, c.atttypmod, c.attcollation, c.mask, c.options, format('t.%I', c.attname)), c.attname)
        ELSE format('t.%I', c.attname) END,
      ', ' ORDER BY c.attnum),
    iss.relation_name(p_relid))
  FROM iss.masked_column c WHERE c.relid = p_relid AND c.state <> 'unknown'
$$;

CREATE OR REPLACE FUNCTION iss.digest(p_text text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT encode(sha256(convert_to(p_text, 'UTF8')), 'hex')
$$;

-- Name, type, typmod and collation of each column that a view has, in order; what CREATE OR REPLACE VIEW may not change.
CREATE OR REPLACE FUNCTION iss.column_shape(p_relid oid) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT string_agg(format('%I %s %s %s', attname, atttypid, atttypmod, attcollation), ', ' ORDER BY attnum)
  FROM pg_attribute WHERE attrelid = p_relid AND attnum > 0 AND NOT attisdropped
$$;

-- The shape that a table's shadow must have.
CREATE OR REPLACE FUNCTION iss.shadow_shape(p_relid oid) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT string_agg(format('%I %s %s %s', attname, atttypid, atttypmod, attcollation), ', ' ORDER BY attnum)
  FROM iss.masked_column WHERE relid = p_relid AND state <> 'unknown'
$$;

CREATE OR REPLACE FUNCTION iss.shadow_schema_ensure(p_schema name) RETURNS name
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  shadows CONSTANT name := iss.shadow_schema(p_schema);
BEGIN
  IF to_regnamespace(quote_ident(shadows)) IS NULL THEN
    EXECUTE format('CREATE SCHEMA %I AUTHORIZATION iss_mask_owner', shadows);
    EXECUTE format('COMMENT ON SCHEMA %I IS %L', shadows, 'masked views of the schema ' || p_schema);
  END IF;
  RETURN shadows;
END
$$;

CREATE OR REPLACE FUNCTION iss.shadow_build_one(p_relid oid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  base record;
  source CONSTANT text := iss.shadow_source(p_relid);
  schema_name name;
  shadow oid;
BEGIN
  SELECT c.relname, n.nspname, c.relowner INTO STRICT base
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = p_relid;
  IF NOT pg_has_role(current_user, base.relowner, 'USAGE') THEN
    RAISE EXCEPTION '% is not a member of %, who owns %.%', current_user, base.relowner::regrole, base.nspname, base.relname
      USING ERRCODE = '42501', HINT = format('GRANT %s TO %I;', base.relowner::regrole, current_user);
  END IF;
  schema_name := iss.shadow_schema_ensure(base.nspname);
  EXECUTE format('GRANT SELECT ON %I.%I TO iss_mask_owner', base.nspname, base.relname);
  -- For its migrations (migrate.sql).
  EXECUTE format('GRANT USAGE ON SCHEMA iss TO %1$s; GRANT EXECUTE ON FUNCTION iss.migration() TO %1$s', base.relowner::regrole);

  SELECT s.viewid INTO shadow FROM iss.shadow s JOIN pg_class v ON v.oid = s.viewid
  WHERE s.relid = p_relid AND v.relname = base.relname AND v.relnamespace = to_regnamespace(quote_ident(schema_name));
  -- A view whose columns stay as they were keeps its readers; one of another shape is made again.
  IF shadow IS NULL OR iss.column_shape(shadow) IS DISTINCT FROM iss.shadow_shape(p_relid) THEN
    PERFORM iss.shadow_drop_one(p_relid);
    -- Left behind by a table of that name that is gone.
    IF to_regclass(format('%I.%I', schema_name, base.relname)) IS NOT NULL THEN
      EXECUTE format('DROP VIEW %I.%I CASCADE', schema_name, base.relname);
    END IF;
    shadow := NULL;
  END IF;
  EXECUTE format('CREATE OR REPLACE VIEW %I.%I AS %s', schema_name, base.relname, source);
  IF shadow IS NULL THEN
    EXECUTE format('ALTER VIEW %I.%I OWNER TO iss_mask_owner', schema_name, base.relname);
    shadow := to_regclass(format('%I.%I', schema_name, base.relname));
  END IF;
  INSERT INTO iss.shadow (relid, viewid, source_digest, definition_digest)
  VALUES (p_relid, shadow, iss.digest(source), iss.digest(pg_get_viewdef(shadow)))
  ON CONFLICT (relid) DO UPDATE SET viewid = excluded.viewid, source_digest = excluded.source_digest,
    definition_digest = excluded.definition_digest, built_at = now();
END
$$;

-- Builds what is missing or no longer right, takes away what is no longer masked, and says what it did. A table that fails is
-- told as `failed` and keeps the others from nothing; verify refuses the scopes then.
CREATE OR REPLACE FUNCTION iss.shadow_build() RETURNS TABLE (base text, action text, detail text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
  item record;
BEGIN
  PERFORM iss.lock_database();
  FOR item IN SELECT s.relid, s.viewid FROM iss.shadow s WHERE s.relid NOT IN (SELECT m.relid FROM iss.masked_table m) LOOP
    base := coalesce(iss.relation_name(item.relid), item.relid::text);
    action := 'dropped';
    detail := 'no longer masked';
    PERFORM iss.shadow_drop_one(item.relid);
    RETURN NEXT;
  END LOOP;
  FOR item IN SELECT m.relid FROM iss.masked_table m ORDER BY m.relid LOOP
    CONTINUE WHEN NOT EXISTS (SELECT FROM iss.shadow_problems(item.relid));
    base := iss.relation_name(item.relid);
    BEGIN
      PERFORM iss.shadow_build_one(item.relid);
      action := 'built';
      detail := NULL;
    EXCEPTION WHEN insufficient_privilege OR undefined_object OR duplicate_table OR wrong_object_type THEN
      action := 'failed';
      detail := SQLERRM;
    END;
    RETURN NEXT;
  END LOOP;
  RETURN QUERY SELECT * FROM iss.view_build();
END
$$;
