-- The shop that the attacks and the benign statements run against. Run it as a superuser in an empty database, once for each of two
-- databases, after `SET attack.side = 'a'` in one and `'b'` in the other. README.md says what differs.

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'shop_owner') THEN CREATE ROLE shop_owner NOLOGIN; END IF;
END $$;

CREATE SCHEMA IF NOT EXISTS app AUTHORIZATION shop_owner;
GRANT CREATE, USAGE ON SCHEMA public TO shop_owner;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;

-- Extensions of PostgreSQL itself, with what they give to everybody by default; none of it may go round a mask.
CREATE SCHEMA ext;
GRANT USAGE ON SCHEMA ext TO PUBLIC;
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY '{tablefunc,xml2,pg_trgm,hstore,citext,ltree,intarray,fuzzystrmatch,pgcrypto,unaccent,btree_gist,lo,refint,tcn,
      insert_username,moddatetime,autoinc,pgrowlocks,pg_buffercache,pgstattuple,pg_freespacemap,pg_visibility,pageinspect,amcheck,pg_prewarm,
      pg_walinspect,tsm_system_rows,dict_int}'::text[] LOOP
    EXECUTE format('CREATE EXTENSION %I SCHEMA ext', name);
  END LOOP;
END $$;
SET ROLE shop_owner;

CREATE TABLE public.users (
  id integer PRIMARY KEY,
  full_name text NOT NULL,
  email text UNIQUE,
  card varchar(19),
  ssn char(11) CHECK (ssn LIKE '___-__-____'),
  born date NOT NULL,
  note text DEFAULT ''
);
CREATE INDEX users_lower_email ON public.users (lower(email));
CREATE INDEX users_born ON public.users (born);

CREATE TABLE public.orders (
  id integer PRIMARY KEY,
  user_id integer NOT NULL REFERENCES public.users (id),
  total numeric(10, 2) NOT NULL CHECK (total >= 0),
  state text NOT NULL DEFAULT 'new',
  note text,
  created_at timestamptz NOT NULL DEFAULT '2024-01-01 00:00:00+00'
);
CREATE TABLE public.order_items (
  order_id integer REFERENCES public.orders (id) ON DELETE CASCADE,
  line integer,
  sku text NOT NULL,
  quantity integer NOT NULL DEFAULT 1,
  PRIMARY KEY (order_id, line)
);

-- Partitioned: the mask of the parent's column is inherited.
CREATE TABLE public.events (id bigint NOT NULL, at date NOT NULL, email text, kind text NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE public.events_2024 PARTITION OF public.events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE public.events_2025 PARTITION OF public.events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');

-- The same name in another schema, and nothing masked in it.
CREATE TABLE app.users (id integer PRIMARY KEY, login text NOT NULL, email text);

-- A view over free columns, and one that shows masked columns with its owner's rights (left out of the scope).
CREATE VIEW public.user_names AS SELECT id, full_name FROM public.users;
CREATE VIEW public.user_contacts AS SELECT id, email, card FROM public.users;

-- Changes are kept whole, by a trigger that pins its path, and announced whole.
CREATE TABLE app.user_history (at timestamptz DEFAULT now(), old jsonb, new jsonb);
CREATE FUNCTION app.keep_history() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, app, pg_temp AS $$
BEGIN
  INSERT INTO app.user_history (old, new) VALUES (to_jsonb(OLD), to_jsonb(NEW));
  PERFORM pg_notify('user_changes', to_jsonb(NEW)::text);
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION app.keep_history() FROM PUBLIC;
CREATE TRIGGER users_history AFTER UPDATE ON public.users FOR EACH ROW EXECUTE FUNCTION app.keep_history();

-- Reads a masked column with its owner's rights, and is not for everybody.
CREATE FUNCTION public.find_email(wanted integer) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS 'SELECT email FROM public.users WHERE id = wanted';
REVOKE ALL ON FUNCTION public.find_email(integer) FROM PUBLIC;

-- Everybody may call this one; it runs with the caller's rights.
CREATE FUNCTION public.shout(words text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT upper(words) || ''!''';

-- Masked values differ between the sides in what no mask shows: the middle of the address, the card's number before its last four
-- digits, the ssn before its last four, and the day within the year.
INSERT INTO public.users
SELECT n, 'Person ' || n,
  'c' || CASE current_setting('attack.side') WHEN 'a' THEN 'anaryqxa' ELSE 'anaryqxb' END || lpad(n::text, 3, '0') || '@example.com',
  CASE current_setting('attack.side') WHEN 'a' THEN '40071111' ELSE '40072222' END || lpad((n * 7919)::text, 4, '0') || lpad(n::text, 4, '0'),
  CASE current_setting('attack.side') WHEN 'a' THEN '907-11-' ELSE '908-22-' END || lpad(n::text, 4, '0'),
  CASE current_setting('attack.side') WHEN 'a' THEN date '1977-02-01' + n ELSE date '1977-11-28' - n END,
  'note ' || n
FROM generate_series(1, 20) n;
INSERT INTO public.orders (id, user_id, total, state, note)
SELECT n, 1 + n % 20, n * 3.5, CASE WHEN n % 3 = 0 THEN 'paid' ELSE 'new' END, 'order ' || n FROM generate_series(1, 60) n;
INSERT INTO public.order_items (order_id, line, sku, quantity)
SELECT o, l, 'sku-' || o % 7, l FROM generate_series(1, 60) o, generate_series(1, 2) l;
INSERT INTO public.events
SELECT n, date '2024-06-01' + n * 10, 'c' || CASE current_setting('attack.side') WHEN 'a' THEN 'anaryqxa' ELSE 'anaryqxb' END
  || lpad(n::text, 3, '0') || '@example.com', CASE WHEN n % 2 = 0 THEN 'login' ELSE 'order' END
FROM generate_series(1, 40) n;
INSERT INTO app.users SELECT n, 'login' || n, 'login' || n || '@app.example' FROM generate_series(1, 5) n;
RESET ROLE;
ANALYZE;
