-- Equality look-ups: `email = 'x'` through the proxy finds rows although `email` is masked, where policy says so.
--
-- For each column with `lookup: equality` a function in the shadow schema, owned by iss_mask_owner, which answers the key of the
-- rows whose raw column equals a value. It answers only to a code that nobody but the issuer and its proxies can make:
--   HMAC(HMAC(lookup_secret, session_user), '<table oid> <column number> <value as text, UTF-8>')
-- So a lease that calls it by hand learns nothing: a code serves one value, one column and one lease, and the proxy has made and
-- counted it. Without a right code the table is not looked at. The inner HMAC is the lease's key, which the proxy gets at login.

ALTER TABLE iss.key ADD COLUMN IF NOT EXISTS lookup_secret bytea NOT NULL
  DEFAULT sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())) CHECK (length(lookup_secret) = 32);

CREATE TABLE IF NOT EXISTS iss.lookup (
  relid oid NOT NULL,
  attnum smallint NOT NULL,
  funcid oid NOT NULL UNIQUE,
  source_digest text NOT NULL,
  definition_digest text NOT NULL,
  PRIMARY KEY (relid, attnum)
);

-- HMAC-SHA-256 (RFC 2104) with a key of at most 64 bytes. In plpgsql, as the two below: SQL functions are planned at each call, which
-- makes 0.8 ms of a look-up.
CREATE OR REPLACE FUNCTION iss.hmac(p_key bytea, p_message bytea) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  bits CONSTANT bit(512) := ('x' || rpad(encode(p_key, 'hex'), 128, '0'))::bit(512);
BEGIN
  -- PostgreSQL has no XOR of bytea; bit_send puts four bytes of length before the bits.
  RETURN sha256(substr(bit_send(bits # ('x' || repeat('5c', 64))::bit(512)), 5)
                || sha256(substr(bit_send(bits # ('x' || repeat('36', 64))::bit(512)), 5) || p_message));
END
$$;

-- The key of one lease's look-ups in this database, for the issuer to hand to the proxy.
CREATE OR REPLACE FUNCTION iss.lookup_key(p_role name) RETURNS bytea
LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN iss.hmac((SELECT k.lookup_secret FROM iss.key k), convert_to(p_role::text, 'UTF8'));
END
$$;

-- Whether the code is right for this value of this column and the login role of this session. Digests are compared, so that the
-- time it takes tells nothing about the right code.
CREATE OR REPLACE FUNCTION iss.lookup_permits(p_relid oid, p_attnum integer, p_value text, p_code bytea) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  lease CONSTANT bytea := iss.lookup_key(session_user);
  expected CONSTANT bytea := iss.hmac(lease, convert_to(format('%s %s %s', p_relid, p_attnum, p_value), 'UTF8'));
BEGIN
  RETURN coalesce(sha256(lease || p_code) = sha256(lease || expected), false);
END
$$;

-- Columns that policy lets be looked up, with what a function for them needs. `argument` is NULL for a type whose values are too
-- few to be safe from guessing (numbers, dates, enums, booleans) or that has no plain equality; `keys` where no key of free columns
-- tells rows apart. Only labels of policy itself: a comment that raises a mask takes the look-up away.
CREATE OR REPLACE FUNCTION iss.lookup_columns()
RETURNS TABLE (relid oid, attnum smallint, column_name name, mask text, argument oid, equals text, keys smallint[], inherits boolean)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  WITH RECURSIVE wanted AS (
    SELECT c.relid, c.attnum, c.attname, c.mask, c.atttypid
    FROM iss.masked_column c
    WHERE c.state = 'masked' AND c.source = 'policy' AND c.options ->> 'lookup' = 'equality'
  ), base AS (
    SELECT w.atttypid AS type, w.atttypid AS base FROM wanted w
    UNION
    SELECT b.type, t.typbasetype FROM base b JOIN pg_type t ON t.oid = b.base WHERE t.typtype = 'd'
  ), argument AS (
    SELECT b.type, CASE b.base WHEN 'varchar'::regtype THEN 'text'::regtype ELSE b.base END AS argument
    FROM base b JOIN pg_type t ON t.oid = b.base
    WHERE t.typtype = 'b' AND (b.base = 'uuid'::regtype OR iss.is_text_type(b.base) AND b.base <> 'name'::regtype)
  )
  SELECT w.relid, w.attnum, w.attname, w.mask, a.argument, o.equals, k.keys,
         EXISTS (SELECT FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
                 WHERE i.inhparent = w.relid AND NOT c.relispartition)
  FROM wanted w
    LEFT JOIN argument a ON a.type = w.atttypid
    LEFT JOIN LATERAL (
      -- What the default B-tree calls equal: only a superuser can define that.
      SELECT format('OPERATOR(%I.%s)', n.nspname, p.oprname) AS equals
      FROM pg_opclass x JOIN pg_am m ON m.oid = x.opcmethod AND m.amname = 'btree'
        JOIN pg_amop s ON s.amopfamily = x.opcfamily AND s.amopstrategy = 3 AND s.amoplefttype = x.opcintype
             AND s.amoprighttype = x.opcintype
        JOIN pg_operator p ON p.oid = s.amopopr JOIN pg_namespace n ON n.oid = p.oprnamespace
      WHERE x.opcdefault AND x.opcintype = a.argument LIMIT 1) AS o ON true
    LEFT JOIN LATERAL (
      SELECT u.keys
      FROM pg_index i, LATERAL (SELECT array_agg(n.attnum ORDER BY n.place) AS keys
                                FROM unnest(i.indkey::smallint[]) WITH ORDINALITY AS n(attnum, place)
                                WHERE n.place <= i.indnkeyatts) AS u
      WHERE i.indrelid = w.relid AND i.indisunique AND i.indimmediate AND i.indisvalid AND i.indpred IS NULL
        AND i.indexprs IS NULL
        AND NOT EXISTS (SELECT FROM unnest(u.keys) AS n(attnum)
                        WHERE NOT EXISTS (SELECT FROM iss.masked_column f JOIN pg_attribute t ON t.attrelid = f.relid
                                            AND t.attnum = f.attnum
                                          WHERE f.relid = w.relid AND f.attnum = n.attnum AND f.state = 'free' AND t.attnotnull))
      ORDER BY i.indisprimary DESC, i.indnkeyatts, i.indexrelid LIMIT 1) AS k ON true
$$;

CREATE OR REPLACE FUNCTION iss.type_name(p_type oid) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT format('%I.%I', n.nspname, t.typname) FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.oid = p_type
$$;

-- The CREATE FUNCTION of each look-up that can be built.
CREATE OR REPLACE FUNCTION iss.lookup_sources()
RETURNS TABLE (relid oid, attnum smallint, schema_name name, function_name name, argument oid, source text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT c.relid, c.attnum, n.nspname, f.name, c.argument, format($f$
      CREATE FUNCTION %I.%I(value %s, code bytea) RETURNS TABLE (%s)
      LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED SECURITY DEFINER ROWS 10
      SET search_path = pg_catalog, pg_temp SET debug_print_plan = off AS %L
      $f$, n.nspname, f.name, iss.type_name(c.argument), k.types,
      format($b$
BEGIN
  IF NOT iss.lookup_permits(%s, %s, $1::text, $2) THEN
    RAISE EXCEPTION %L USING ERRCODE = '42501', HINT = 'write "column = value" in a session through the proxy';
  END IF;
  -- Which page of the index it read would stand in pg_locks then, for everybody: where the value lies among the others.
  IF current_setting('transaction_isolation') = 'serializable' THEN
    RAISE EXCEPTION 'rows are not found by masked columns in a SERIALIZABLE transaction'
      USING ERRCODE = '0A000', HINT = 'use REPEATABLE READ, or find the row in a transaction before';
  END IF;
  RETURN QUERY SELECT %s FROM %s AS t WHERE t.%I %s $1;
END
$b$, c.relid, c.attnum, format('permission denied for a look-up in %s', replace(iss.relation_name(c.relid), '%', '%%')),
        k.names, iss.relation_name(c.relid), c.column_name, c.equals))
  FROM iss.lookup_columns() c
    JOIN iss.shadow s ON s.relid = c.relid
    JOIN pg_class v ON v.oid = s.viewid JOIN pg_namespace n ON n.oid = v.relnamespace
    CROSS JOIN LATERAL (SELECT format('iss_lookup_%s_%s', c.relid, c.attnum)::name AS name) AS f
    CROSS JOIN LATERAL (
      SELECT string_agg(format('key%s %s', u.place, iss.type_name(a.atttypid)), ', ' ORDER BY u.place) AS types,
             string_agg(format('t.%I', a.attname), ', ' ORDER BY u.place) AS names
      FROM unnest(c.keys) WITH ORDINALITY AS u(attnum, place)
        JOIN pg_attribute a ON a.attrelid = c.relid AND a.attnum = u.attnum) AS k
  WHERE c.argument IS NOT NULL AND c.equals IS NOT NULL AND c.keys IS NOT NULL AND NOT c.inherits
    AND c.mask NOT IN ('deny', 'year', 'month', 'bucket')
$$;

-- What is built, as long as nobody changed it.
CREATE OR REPLACE VIEW iss.lookup_function AS
SELECT l.relid, l.attnum, l.funcid, l.source_digest, p.proname, p.pronamespace, p.proargtypes[0] AS argument
FROM iss.lookup l JOIN pg_catalog.pg_proc p ON p.oid = l.funcid
WHERE p.proowner = (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = 'iss_mask_owner') AND p.prosecdef
  AND l.definition_digest = iss.digest(pg_catalog.pg_get_functiondef(l.funcid));

-- Takes away the functions that policy does not ask for any more or that are not what they should be, and makes those that lack.
CREATE OR REPLACE FUNCTION iss.lookup_build() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
  item record;
  made oid;
BEGIN
  PERFORM iss.lock_database();
  FOR item IN
    SELECT l.relid, l.attnum, p.oid AS funcid
    FROM iss.lookup l LEFT JOIN pg_proc p ON p.oid = l.funcid AND p.proowner = 'iss_mask_owner'::regrole
    WHERE NOT EXISTS (SELECT FROM iss.lookup_function f
                        JOIN iss.lookup_sources() s ON (s.relid, s.attnum) = (f.relid, f.attnum)
                          AND iss.digest(s.source) = f.source_digest
                      WHERE f.funcid = l.funcid)
  LOOP
    -- CASCADE takes what hung on it; only a lease can have hung something there.
    IF item.funcid IS NOT NULL THEN EXECUTE format('DROP FUNCTION %s CASCADE', item.funcid::regprocedure); END IF;
    DELETE FROM iss.lookup WHERE relid = item.relid AND attnum = item.attnum;
  END LOOP;
  FOR item IN
    SELECT s.* FROM iss.lookup_sources() s
    WHERE NOT EXISTS (SELECT FROM iss.lookup l WHERE (l.relid, l.attnum) = (s.relid, s.attnum))
    ORDER BY s.relid, s.attnum
  LOOP
    BEGIN
      made := to_regprocedure(format('%I.%I(%s, bytea)', item.schema_name, item.function_name, iss.type_name(item.argument)));
      IF made IS NOT NULL THEN EXECUTE format('DROP FUNCTION %s CASCADE', made::regprocedure); END IF;
      EXECUTE item.source;
      made := to_regprocedure(format('%I.%I(%s, bytea)', item.schema_name, item.function_name, iss.type_name(item.argument)));
      EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', made::regprocedure);
      EXECUTE format('ALTER FUNCTION %s OWNER TO iss_mask_owner', made::regprocedure);
      INSERT INTO iss.lookup (relid, attnum, funcid, source_digest, definition_digest)
      VALUES (item.relid, item.attnum, made, iss.digest(item.source), iss.digest(pg_get_functiondef(made)));
    EXCEPTION WHEN insufficient_privilege OR undefined_object THEN
      -- lookup_problems() tells that it is missing.
      NULL;
    END;
  END LOOP;
END
$$;

-- Why a column that policy lets be looked up cannot be. `refuse` rows keep every masked scope from loading, as other labels that
-- cannot be kept do.
CREATE OR REPLACE FUNCTION iss.lookup_problems()
RETURNS TABLE (kind text, object text, severity text, reason text, cure text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT 'lookup', format('%s.%I', iss.relation_name(c.relid), c.column_name),
         CASE problem.reason WHEN 'no index serves it: each look-up reads the whole table' THEN 'warn' ELSE 'refuse' END,
         'lookup: equality: ' || problem.reason,
         CASE problem.reason WHEN 'no index serves it: each look-up reads the whole table'
           THEN format('CREATE INDEX ON %s (%I);', iss.relation_name(c.relid), c.column_name)
           ELSE '-- take `lookup: equality` from the label in the policy file' END
  FROM iss.lookup_columns() c, LATERAL (
    SELECT 'its type has few values or no plain equality, so that asking often enough would tell them'
    WHERE c.argument IS NULL OR c.equals IS NULL
    UNION ALL SELECT format('the mask %s does not go with it', c.mask) WHERE c.mask IN ('deny', 'year', 'month', 'bucket')
    UNION ALL SELECT 'the table has no primary key or other NOT NULL unique index of free columns' WHERE c.keys IS NULL
    UNION ALL SELECT 'the table has inheritance children, whose rows its key does not tell apart' WHERE c.inherits
    UNION ALL SELECT 'its function is missing or was changed'
      WHERE c.keys IS NOT NULL AND NOT EXISTS (
        SELECT FROM iss.lookup_function f JOIN iss.lookup_sources() s ON (s.relid, s.attnum) = (f.relid, f.attnum)
          AND iss.digest(s.source) = f.source_digest
        WHERE (f.relid, f.attnum) = (c.relid, c.attnum))
        AND EXISTS (SELECT FROM iss.lookup_sources() s WHERE (s.relid, s.attnum) = (c.relid, c.attnum))
    UNION ALL SELECT 'no index serves it: each look-up reads the whole table'
      WHERE c.argument IS NOT NULL AND NOT EXISTS (
        SELECT FROM pg_index i WHERE i.indrelid = c.relid AND i.indisvalid AND i.indkey[0] = c.attnum AND i.indpred IS NULL)
  ) AS problem(reason)
$$;

-- Of one column, for iss.masked_tables(): what the proxy puts in place of `column = value`. `form` says how a value is written in
-- the code: `padded` without the blanks at its end, `uuid` in PostgreSQL's own form.
CREATE OR REPLACE FUNCTION iss.lookup_json(p_relid oid, p_attnum smallint) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT jsonb_strip_nulls(jsonb_build_object(
    'function', f.proname,
    'form', CASE f.argument WHEN 'uuid'::regtype THEN 'uuid' WHEN 'bpchar'::regtype THEN 'padded' ELSE 'text' END,
    'type', CASE WHEN f.argument <> 'text'::regtype THEN iss.type_name(f.argument) END,
    'key', (SELECT jsonb_agg(a.attname ORDER BY u.place)
            FROM unnest(c.keys) WITH ORDINALITY AS u(attnum, place)
              JOIN pg_attribute a ON a.attrelid = p_relid AND a.attnum = u.attnum)))
  FROM iss.lookup_function f JOIN iss.lookup_columns() c ON (c.relid, c.attnum) = (f.relid, f.attnum)
  WHERE f.relid = p_relid AND f.attnum = p_attnum
$$;
