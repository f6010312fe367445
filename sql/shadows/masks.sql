-- Mask expressions. Each is total: whatever the column holds, it yields a value and never an error, because the text of an
-- error may hold the value. Where a kind makes no sense for a type, or cannot be total, the mask is the type's NULL.
-- None depends on a setting of the session (TimeZone, DateStyle, client_encoding): sliding one would probe the value.
-- Nothing here calls a function or a domain's check that somebody else wrote (of our own, mask_json.sql).

-- How much a kind hides; a comment may only raise it.
CREATE OR REPLACE FUNCTION iss.mask_rank(p_kind text) RETURNS integer
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT array_position(
    ARRAY['partial', 'email', 'last4', 'month', 'year', 'bucket', 'hash', 'redact', 'null', 'deny'], p_kind)
$$;

-- NULL of a column's type. A cast would run a domain's checks, so a domain's NULL is the first element of no elements.
CREATE OR REPLACE FUNCTION iss.mask_null(p_type oid, p_typmod integer) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE WHEN t.typtype = 'd' THEN format('(CAST(''{}'' AS %s))[1]', format_type(t.typarray, NULL))
              ELSE format('CAST(NULL AS %s)', format_type(p_type, p_typmod)) END
  FROM pg_type t WHERE t.oid = p_type
$$;

-- An option that is a whole number from 0 to 1,000,000, else the default.
CREATE OR REPLACE FUNCTION iss.mask_option(p_options jsonb, p_name text, p_default integer) RETURNS integer
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE WHEN p_options ->> p_name ~ '^[0-9]{1,6}$' THEN (p_options ->> p_name)::integer ELSE p_default END
$$;

-- text, char(n), name, and the types that are text underneath both ways (varchar, citext; not xml, which text must be parsed into).
CREATE OR REPLACE FUNCTION iss.is_text_type(p_type oid) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT p_type IN ('text'::regtype, 'varchar'::regtype, 'bpchar'::regtype, 'name'::regtype)
      OR (SELECT count(*) FROM pg_cast
          WHERE castmethod = 'b' AND 'text'::regtype IN (castsource, casttarget) AND p_type IN (castsource, casttarget)) = 2
$$;

-- Text: COLLATE "C" because searching under a nondeterministic collation is an error. Filler has a fixed length, so that the
-- length of what is hidden does not show; short values are hidden whole.
CREATE OR REPLACE FUNCTION iss.mask_text(p_kind text, p_options jsonb, p_reference text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  value CONSTANT text := format('(%s::text COLLATE "C")', p_reference);
  prefix CONSTANT integer := iss.mask_option(p_options, 'prefix', 1);
  suffix CONSTANT integer := iss.mask_option(p_options, 'suffix', 1);
  -- Values of as many characters are hidden whole.
  longest_hidden CONSTANT integer := greatest(2 * (prefix + suffix), 3);
BEGIN
  RETURN CASE p_kind
    WHEN 'redact' THEN $m$'***'::text$m$
    -- Each character that PostgreSQL counts costs, so: a pattern of underscores in place of length(), which would count all; and where
    -- one character remains behind as many as the value has bytes, but one, each has one byte, and that is the last.
    WHEN 'partial' THEN format(
      $m$CASE WHEN %1$s THEN left(%2$s, %3$s) || '***' || %4$s WHEN %2$s IS NOT NULL THEN '***' END$m$,
      CASE WHEN longest_hidden > 16 THEN format('length(%s) > %s', value, longest_hidden)
           ELSE format('%s LIKE %L', value, repeat('_', longest_hidden + 1) || '%') END,
      value, prefix,
      CASE WHEN suffix = 1 THEN format($m$coalesce(nullif(right(%1$s, 1 - octet_length(%1$s)), ''), right(%1$s, 1))$m$, value)
           ELSE format('right(%s, %s)', value, suffix) END)
    -- First letter and top-level domain: 'j***@***.com'. What cannot be one (blanks, letters beyond ASCII, more than 14) is left out:
    -- it may be the end of a sentence. The regular expression takes ten times what all the rest takes, so known domains go first.
    WHEN 'email' THEN format(
      $m$CASE WHEN strpos(%1$s, '@') > 1 THEN left(%1$s, 1) || CASE WHEN split_part(%1$s, '.', -1) = ANY (%2$L::text[]) THEN '***@***.' || split_part(%1$s, '.', -1) ELSE '***@***' || coalesce(substring(split_part(%1$s, '@', 2) FROM '[.][A-Za-z0-9-]{1,14}$'), '') END WHEN %1$s IS NOT NULL THEN '***' END$m$,
      value, '{com,net,org,edu,gov,mil,int,info,biz,name,io,co,ai,app,dev,cloud,tech,online,site,shop,store,me,tv,cc,eu,uk,ie,de,at,ch,fr,be,'
        'nl,lu,it,es,pt,gr,dk,se,no,fi,is,pl,cz,sk,hu,ro,bg,hr,si,ee,lv,lt,ua,ru,by,kz,tr,il,ae,sa,eg,za,ng,ke,ma,in,pk,bd,lk,cn,hk,tw,jp,kr,'
        'sg,my,th,vn,id,ph,au,nz,us,ca,mx,br,ar,cl,pe,uy,example,test,invalid,local,localdomain,internal,lan}')
    WHEN 'last4' THEN format(
      $m$CASE WHEN length(%1$s) > 8 THEN '****' || right(%1$s, 4) WHEN %1$s IS NOT NULL THEN '****' END$m$, value)
  END;
END
$$;

-- Dates and timestamps, cut to a unit. The bounds keep infinity and the ends of the calendar, where cutting fails, out.
CREATE OR REPLACE FUNCTION iss.mask_time(p_type oid, p_kind text, p_reference text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  unit CONSTANT text := CASE p_kind WHEN 'year' THEN 'year' WHEN 'month' THEN 'month' WHEN 'bucket' THEN 'decade' END;
  cut text;
BEGIN
  IF unit IS NULL THEN RETURN NULL; END IF;
  cut := CASE p_type
    WHEN 'date'::regtype THEN format('date_trunc(%L, %s::timestamp)', unit, p_reference)
    WHEN 'timestamp'::regtype THEN format('date_trunc(%L, %s)', unit, p_reference)
    -- In UTC, never in the session's zone: a zone of 167 hours would slide the edge over the value.
    ELSE format('date_trunc(%L, %s, ''UTC'')', unit, p_reference) END;
  RETURN format(
    'CASE WHEN %1$s >= %2$L::%4$s AND %1$s < %3$L::%4$s THEN %5$s END', p_reference,
    CASE p_type WHEN 'timestamptz'::regtype THEN '0010-01-01 00:00:00+00' ELSE '0010-01-01' END,
    CASE p_type WHEN 'timestamptz'::regtype THEN '9999-12-31 00:00:00+00' ELSE '9999-12-31' END,
    format_type(p_type, NULL), cut);
END
$$;

-- The value's bytes, the same for equal values in every session; NULL where a keyed hash of the type makes no sense.
CREATE OR REPLACE FUNCTION iss.mask_bytes(p_type oid, p_reference text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE
    WHEN iss.is_text_type(p_type) THEN format('convert_to(%s::text, %L)', p_reference, getdatabaseencoding())
    WHEN p_type IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype) THEN format('int8send(%s::int8)', p_reference)
    WHEN p_type = 'numeric'::regtype THEN format('numeric_send(trim_scale(%s))', p_reference)
    WHEN p_type = 'uuid'::regtype THEN format('uuid_send(%s)', p_reference)
    WHEN p_type = 'bytea'::regtype THEN p_reference
  END
$$;

-- The key of `hash`, as shadows read it.
CREATE OR REPLACE FUNCTION iss.mask_key() RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$ SELECT '(SELECT k.secret FROM iss.key AS k)' $$;

-- Keyed, stable, shaped as the type. The key comes by a scalar subquery in the shadow's body, read with the shadow owner's
-- rights: the lease cannot read it, and there is no function that it could ask. Cutting to 16 bytes leaves nothing to extend.
CREATE OR REPLACE FUNCTION iss.mask_hash(p_type oid, p_typmod integer, p_reference text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  bytes CONSTANT text := iss.mask_bytes(p_type, p_reference);
  digest CONSTANT text := format('substr(sha256(%s || %s), 1, 16)', iss.mask_key(), bytes);
  bits63 CONSTANT text := format('((''x'' || encode(substr(%s, 1, 8), ''hex''))::bit(64)::int8 & 9223372036854775807)', digest);
  whole_digits integer;
BEGIN
  IF bytes IS NULL THEN RETURN NULL; END IF;
  IF iss.is_text_type(p_type) THEN RETURN format('encode(%s, ''hex'')', digest); END IF;
  IF p_type = 'numeric'::regtype THEN
    -- Digits before the point that the typmod has room for; PostgreSQL 15 on stores the scale in 11 signed bits.
    whole_digits := CASE WHEN p_typmod < 4 THEN 18
      ELSE least(18, ((p_typmod - 4) >> 16) - ((((p_typmod - 4) & 2047) # 1024) - 1024)) END;
    IF whole_digits < 1 THEN RETURN NULL; END IF;
    RETURN format('%s %% %s', bits63, (10::numeric ^ whole_digits)::bigint);
  END IF;
  RETURN CASE p_type
    WHEN 'uuid'::regtype THEN format('encode(%s, ''hex'')::uuid', digest)
    WHEN 'bytea'::regtype THEN digest
    WHEN 'int8'::regtype THEN bits63
    WHEN 'int4'::regtype THEN format('%s & 2147483647', bits63)
    WHEN 'int2'::regtype THEN format('%s & 32767', bits63)
  END;
END
$$;

-- Numbers. Cutting goes towards zero: the result is never further out than the value, so it fits the column's precision.
CREATE OR REPLACE FUNCTION iss.mask_number(p_type oid, p_kind text, p_options jsonb, p_reference text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  integral CONSTANT boolean := p_type IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype);
  size CONSTANT integer := greatest(iss.mask_option(p_options, 'size', 10), 1);
BEGIN
  RETURN CASE
    WHEN p_kind = 'redact' THEN '0'
    WHEN p_kind = 'last4' AND integral THEN
      format('CASE WHEN %1$s::int8 >= 100000000 THEN %1$s::int8 %% 10000 END', p_reference)
    WHEN p_kind = 'bucket' AND integral THEN format('%1$s::int8 / %2$s * %2$s', p_reference, size)
    WHEN p_kind = 'bucket' AND p_type = 'numeric'::regtype THEN
      format('div(%1$s, %2$s) * %2$s', p_reference, size)
    -- Dividing the smallest floats underflows and multiplying the largest overflows; both are errors.
    WHEN p_kind = 'bucket' THEN format(
      'CASE WHEN abs(%1$s) < %2$s THEN 0 WHEN abs(%1$s) < 1e30 THEN trunc(%1$s::float8 / %2$s) * %2$s END',
      p_reference, size)
  END;
END
$$;

-- The masked value of `p_reference`, of some type that casts to p_type without error; NULL where only the type's NULL will do.
CREATE OR REPLACE FUNCTION iss.mask_value(p_type oid, p_typmod integer, p_kind text, p_options jsonb, p_reference text)
RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  -- Not of int2vector and the like, which are written otherwise.
  element CONSTANT oid := (SELECT e.oid FROM pg_type e WHERE e.typarray = p_type);
  inner_value text;
BEGIN
  IF p_kind IN ('null', 'deny') THEN RETURN NULL; END IF;
  IF element IS NOT NULL THEN
    IF p_kind = 'redact' THEN RETURN CASE WHEN iss.is_text_type(element) THEN '''{***}''::text[]' ELSE '''{}''' END; END IF;
    IF EXISTS (SELECT FROM pg_type WHERE oid = element AND typtype = 'd') THEN RETURN NULL; END IF;
    inner_value := iss.mask_value(element, p_typmod, p_kind, p_options, 'u.x');
    IF inner_value IS NULL THEN RETURN NULL; END IF;
    RETURN format(
      'CASE WHEN %1$s IS NULL THEN NULL ELSE coalesce((SELECT array_agg(CAST(%2$s AS %3$s) ORDER BY u.n) FROM unnest(%1$s) WITH ORDINALITY AS u(x, n)), ''{}'') END',
      p_reference, inner_value, format_type(element, p_typmod));
  END IF;
  IF p_options ? 'paths' THEN RETURN iss.mask_json_expression(p_type, p_options -> 'paths', p_reference); END IF;
  IF p_kind = 'hash' THEN RETURN iss.mask_hash(p_type, p_typmod, p_reference); END IF;
  IF iss.is_text_type(p_type) THEN RETURN iss.mask_text(p_kind, p_options, p_reference); END IF;
  IF p_type IN ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype) THEN
    RETURN iss.mask_time(p_type, p_kind, p_reference);
  END IF;
  IF p_type IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype, 'numeric'::regtype, 'float4'::regtype, 'float8'::regtype) THEN
    RETURN iss.mask_number(p_type, p_kind, p_options, p_reference);
  END IF;
  IF p_kind = 'redact' THEN
    RETURN CASE p_type
      WHEN 'uuid'::regtype THEN '''00000000-0000-0000-0000-000000000000'''
      WHEN 'bytea'::regtype THEN '''\x'''
      WHEN 'inet'::regtype THEN '''0.0.0.0'''
      WHEN 'cidr'::regtype THEN '''0.0.0.0/0'''
      WHEN 'json'::regtype THEN '''"***"'''
      WHEN 'jsonb'::regtype THEN '''"***"'''
    END;
  END IF;
  RETURN NULL;
END
$$;

-- The expression of one column of a shadow: type, typmod and collation equal the base column's. A domain with checks gets
-- its NULL, since proving a check would mean running it.
CREATE OR REPLACE FUNCTION iss.mask_expression(
  p_type oid, p_typmod integer, p_collation oid, p_kind text, p_options jsonb, p_reference text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  base oid := p_type;
  base_typmod integer := p_typmod;
  constrained boolean := false;
  type_row record;
  value text;
BEGIN
  LOOP
    SELECT t.typtype, t.typbasetype, t.typtypmod, t.typnotnull INTO STRICT type_row FROM pg_type t WHERE t.oid = base;
    EXIT WHEN type_row.typtype <> 'd';
    constrained := constrained OR type_row.typnotnull OR EXISTS (SELECT FROM pg_constraint WHERE contypid = base);
    base := type_row.typbasetype;
    base_typmod := type_row.typtypmod;
  END LOOP;
  IF NOT constrained THEN
    value := iss.mask_value(base, base_typmod, p_kind, p_options, p_reference);
  END IF;
  value := CASE
    WHEN value IS NULL THEN iss.mask_null(p_type, p_typmod)
    ELSE format('CAST(%s AS %s)', value, format_type(p_type, p_typmod)) END;
  RETURN CASE WHEN p_collation = 0 THEN value ELSE (
    SELECT format('(%s) COLLATE %I.%I', value, n.nspname, c.collname)
    FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace WHERE c.oid = p_collation) END;
END
$$;
