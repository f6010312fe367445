-- Masks inside json and jsonb values, by path. A path's steps are `.key` and `[*]`; options of a label hold
--   {"paths": [{"steps": [".user", ".email"], "kind": "email"}, {"steps": [".items", "[*]", ".card"], "kind": "last4"}]}
--
-- Total as every mask, and closed where a document has another shape than the path foresees: an array where a key was expected is
-- gone through, one within that array becomes null, and so does a text or number where the path goes on (it may be a document
-- written as text). What the path's end finds is masked as text; what is no text becomes null, whatever the kind but `redact`.
--
-- These are the only functions of ours that shadows call: one expression for it all takes longer to plan and compile than to run. They
-- know nothing but their arguments, so leases may run them; the key of `hash` is an argument, which the shadow's body reads.

-- The masked form of a text within a document, from the very expressions of text columns.
DO $do$
BEGIN
  EXECUTE format($f$
    CREATE OR REPLACE FUNCTION iss.mask_json_text(p_text text, p_kind text, p_key bytea) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    BEGIN
      RETURN CASE p_kind WHEN 'partial' THEN %s WHEN 'email' THEN %s WHEN 'last4' THEN %s WHEN 'hash' THEN %s END;
    END $$ $f$,
    iss.mask_text('partial', '{}', 'p_text'), iss.mask_text('email', '{}', 'p_text'), iss.mask_text('last4', '{}', 'p_text'),
    replace(iss.mask_hash('text'::regtype, -1, 'p_text'), iss.mask_key(), 'p_key'));
END
$do$;

-- A value masked from the step `p_at` on.
CREATE OR REPLACE FUNCTION iss.mask_json_walk(p_value jsonb, p_steps text[], p_at integer, p_kind text, p_key bytea) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  step CONSTANT text := p_steps[p_at];
  shape CONSTANT text := jsonb_typeof(p_value);
BEGIN
  IF step IS NULL THEN
    RETURN CASE
      WHEN p_kind = 'redact' THEN '"***"'
      WHEN shape = 'string' THEN coalesce(to_jsonb(iss.mask_json_text(p_value #>> '{}', p_kind, p_key)), 'null')
      ELSE 'null' END;
  END IF;
  IF step = '[*]' THEN
    IF shape <> 'array' THEN RETURN iss.mask_json_walk(p_value, p_steps, p_at + 1, p_kind, p_key); END IF;
    RETURN coalesce((
      SELECT jsonb_agg(iss.mask_json_walk(e.v, p_steps, p_at + 1, p_kind, p_key) ORDER BY e.n)
      FROM jsonb_array_elements(p_value) WITH ORDINALITY AS e(v, n)), '[]');
  END IF;
  IF shape = 'object' THEN
    IF NOT p_value ? substr(step, 2) THEN RETURN p_value; END IF;
    RETURN jsonb_set(p_value, ARRAY[substr(step, 2)],
                     iss.mask_json_walk(p_value -> substr(step, 2), p_steps, p_at + 1, p_kind, p_key));
  END IF;
  IF shape = 'array' THEN
    RETURN coalesce((
      SELECT jsonb_agg(CASE jsonb_typeof(e.v) WHEN 'object' THEN iss.mask_json_walk(e.v, p_steps, p_at, p_kind, p_key)
                         WHEN 'boolean' THEN e.v ELSE 'null' END ORDER BY e.n)
      FROM jsonb_array_elements(p_value) WITH ORDINALITY AS e(v, n)), '[]');
  END IF;
  RETURN CASE shape WHEN 'boolean' THEN p_value ELSE 'null' END;
END
$$;

-- One path after the other. A plan that the session lets PostgreSQL print would have the document and the key in it, as constants: not in here,
-- nor in what this calls.
CREATE OR REPLACE FUNCTION iss.mask_json(p_value jsonb, p_paths jsonb, p_key bytea) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET debug_print_plan = off AS $$
DECLARE
  value jsonb := p_value;
  path jsonb;
BEGIN
  FOR path IN SELECT x.entry FROM jsonb_array_elements(p_paths) AS x(entry) LOOP
    value := iss.mask_json_walk(value, array(SELECT jsonb_array_elements_text(path -> 'steps')), 1, path ->> 'kind', p_key);
  END LOOP;
  RETURN value;
END
$$;

-- Whether a json text can become jsonb without an error, told without trying: no escape that has no character (U+0000, half a
-- surrogate pair), no number out of range. False where it cannot be told.
CREATE OR REPLACE FUNCTION iss.mask_json_safe(p_reference text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT format(
    $m$octet_length(%1$s) < 10000000 AND (strpos(%1$s, '\u') = 0 OR %2$s) AND regexp_replace(%1$s, '"([^"\\]|\\.)*"', '', 'g') !~ '[eE][+-]?[0-9]{4}|[0-9]{255}'$m$,
    p_reference,
    CASE WHEN getdatabaseencoding() = 'UTF8' THEN format(
      $m$regexp_replace(replace(%s, '\\', ''), '\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}', '', 'g') !~ '\\u([dD][89a-fA-F]|0000)'$m$,
      p_reference) ELSE 'false' END)
$$;

-- The masked value of a json or jsonb column, as an expression.
CREATE OR REPLACE FUNCTION iss.mask_json_expression(p_type oid, p_paths jsonb, p_reference text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT format('CASE WHEN %1$s IS NOT NULL%2$s THEN iss.mask_json(%1$s::jsonb, %3$L::jsonb, %4$s) END', p_reference,
    CASE WHEN p_type = 'json'::regtype THEN ' AND ' || iss.mask_json_safe(format('(%s::text COLLATE "C")', p_reference)) ELSE '' END,
    p_paths, CASE WHEN p_paths @> '[{"kind": "hash"}]' THEN iss.mask_key() ELSE 'NULL::bytea' END)
  WHERE p_type IN ('json'::regtype, 'jsonb'::regtype) AND jsonb_array_length(p_paths) > 0
$$;

-- What members of a scope must be able to run for it.
CREATE OR REPLACE FUNCTION iss.mask_functions() RETURNS SETOF regprocedure
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT f FROM unnest(ARRAY['iss.mask_json(jsonb,jsonb,bytea)', 'iss.mask_json_walk(jsonb,text[],integer,text,bytea)',
                             'iss.mask_json_text(text,text,bytea)']::regprocedure[]) AS f
  WHERE EXISTS (SELECT FROM iss.column_label l WHERE l.options ? 'paths')
$$;
