-- The schema `iss` of a governed database: what is masked, where its shadows are, and which scope roles exist.
-- Owned by issuer_admin; PUBLIC has nothing in it (grants.sql takes what PostgreSQL gives by default).
-- Every function of ours pins its search_path, runs with the caller's rights and may be called again without harm. Those that do
-- the work turn jit off: compiling these catalog queries takes longer than running them.

CREATE SCHEMA IF NOT EXISTS iss;
REVOKE ALL ON SCHEMA iss FROM PUBLIC;

-- The key of `hash` masks. One row; read only by the owner and by iss_mask_owner, from inside the shadows.
-- Two random UUIDs carry 244 bits from the server's strong generator; no password or secret of a person depends on it.
CREATE TABLE IF NOT EXISTS iss.key (
  id smallint PRIMARY KEY DEFAULT 1 CHECK (id = 1),
  secret bytea NOT NULL CHECK (length(secret) = 32)
);
INSERT INTO iss.key (secret)
SELECT sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
ON CONFLICT (id) DO NOTHING;

-- What policy last said of this database: masks and trusted entries (labels.sql says in which form).
CREATE TABLE IF NOT EXISTS iss.rules (
  id smallint PRIMARY KEY DEFAULT 1 CHECK (id = 1),
  definition jsonb NOT NULL,
  loaded_at timestamptz NOT NULL DEFAULT now()
);

-- Labels, pinned to (OID, attnum): renaming a table or a column does not take a mask off. The names are those last seen, so
-- that a table that was dropped and made again is noticed.
CREATE TABLE IF NOT EXISTS iss.column_label (
  relid oid NOT NULL,
  attnum smallint NOT NULL,
  schema_name name NOT NULL,
  table_name name NOT NULL,
  column_name name NOT NULL,
  mask text NOT NULL,
  options jsonb NOT NULL DEFAULT '{}',
  source text NOT NULL CHECK (source IN ('policy', 'comment', 'inherited', 'generated')),
  pattern text,
  rule text NOT NULL,
  PRIMARY KEY (relid, attnum)
);

-- Tables with labels, and their columns that count as free: those that stood there when the first label came, and those that
-- policy declared free since. A column added later is in neither list, and nobody sees it.
CREATE TABLE IF NOT EXISTS iss.masked_table (
  relid oid PRIMARY KEY,
  known_columns smallint[] NOT NULL
);

CREATE TABLE IF NOT EXISTS iss.shadow (
  relid oid PRIMARY KEY,
  viewid oid NOT NULL UNIQUE,
  source_digest text NOT NULL,
  definition_digest text NOT NULL,
  built_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS iss.scope (
  role_name name PRIMARY KEY,
  scope_name text NOT NULL,
  definition jsonb NOT NULL,
  state text NOT NULL CHECK (state IN ('compiling', 'ready', 'refused', 'retiring')),
  findings jsonb NOT NULL DEFAULT '[]',
  compiled_at timestamptz NOT NULL DEFAULT now()
);

-- The lock under which labels, shadows and scopes of this database change; advisory locks are per database by themselves.
CREATE OR REPLACE FUNCTION iss.lock_database() RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  SELECT pg_advisory_xact_lock(hashtext('issuer'), hashtext('scopes'))
$$;

-- Schemas whose objects are PostgreSQL's or ours: no pattern reaches them.
CREATE OR REPLACE FUNCTION iss.is_governed_schema(p_schema name) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT p_schema NOT IN ('iss', 'iss_ddl', 'information_schema') AND p_schema !~ '^(pg_|iss_m_)'
$$;

-- A pattern of policy as a LIKE pattern: `*` is any run of characters, `?` any one.
CREATE OR REPLACE FUNCTION iss.like_pattern(p_pattern text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT translate(regexp_replace(p_pattern, '([\\%_])', '\\\1', 'g'), '*?', '%_')
$$;

-- 'public."Order Lines"' -> {public, Order Lines}: the parts of a dotted pattern as LIKE patterns. A part in double quotes is
-- taken as it is. Names are compared as the catalog holds them, case included.
CREATE OR REPLACE FUNCTION iss.pattern_parts(p_pattern text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
  SELECT array_agg(
           CASE WHEN part.value LIKE '"%'
             THEN regexp_replace(replace(substr(part.value, 2, length(part.value) - 2), '""', '"'), '([\\%_])', '\\\1', 'g')
             ELSE iss.like_pattern(part.value)
           END
           ORDER BY part.number)
  FROM regexp_matches(p_pattern, '("(?:[^"]|"")*"|[^."]+)(?:\.|$)', 'g') WITH ORDINALITY AS found(groups, number),
       LATERAL (SELECT found.groups[1] AS value, found.number) AS part
$$;

-- Whether one of the patterns (`schema.name`; `name` alone for schemas) means an object. A function's pattern may end with its
-- argument types in parentheses.
CREATE OR REPLACE FUNCTION iss.matches(p_patterns jsonb, p_schema name, p_name name, p_arguments text DEFAULT NULL)
RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT EXISTS (
    SELECT FROM jsonb_array_elements_text(coalesce(p_patterns, '[]')) AS pattern(value),
                LATERAL iss.pattern_parts(split_part(pattern.value, '(', 1)) AS parts(p)
    WHERE CASE cardinality(parts.p)
            WHEN 1 THEN p_name IS NULL AND p_schema LIKE parts.p[1]
            WHEN 2 THEN p_schema LIKE parts.p[1] AND p_name LIKE parts.p[2]
            ELSE false
          END
      AND (strpos(pattern.value, '(') = 0 OR p_arguments IS NULL
           OR regexp_replace(substring(pattern.value FROM '\((.*)\)'), '\s*,\s*', ',', 'g') = p_arguments))
$$;

CREATE OR REPLACE FUNCTION iss.shadow_schema(p_schema name) RETURNS name
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT ('iss_m_' || left(encode(sha256(convert_to(p_schema::text, 'UTF8')), 'hex'), 16))::name
$$;

-- schema.table, quoted where needed.
CREATE OR REPLACE FUNCTION iss.relation_name(p_relid oid) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT format('%I.%I', n.nspname, c.relname)
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = p_relid
$$;

-- Every column of every table with labels: masked, free, or unknown (added since, and so seen by nobody). A column of a
-- partition or child is unknown while the same column of a parent is.
CREATE OR REPLACE VIEW iss.masked_column AS
WITH RECURSIVE own AS (
  SELECT m.relid, a.attnum, a.attname, a.atttypid, a.atttypmod, a.attcollation,
         l.mask, l.options, l.source, l.rule, a.attnum = ANY (m.known_columns) AS known
  FROM iss.masked_table m
    JOIN pg_catalog.pg_class c ON c.oid = m.relid
    JOIN pg_catalog.pg_attribute a ON a.attrelid = m.relid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN iss.column_label l ON l.relid = a.attrelid AND l.attnum = a.attnum
), hidden AS (
  SELECT relid, attname FROM own WHERE mask IS NULL AND NOT known
  UNION
  SELECT i.inhrelid, h.attname FROM hidden h JOIN pg_catalog.pg_inherits i ON i.inhparent = h.relid
)
SELECT own.relid, own.attnum, own.attname, own.atttypid, own.atttypmod, own.attcollation,
       CASE
         WHEN own.mask IS NOT NULL THEN 'masked'
         WHEN EXISTS (SELECT FROM hidden h WHERE h.relid = own.relid AND h.attname = own.attname) THEN 'unknown'
         ELSE 'free'
       END AS state,
       own.mask, own.options, own.source, own.rule
FROM own;
