-- operators: one's own before the mask's
CREATE FUNCTION pg_temp.spy_concat(text, text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE NOTICE 'saw % %', $1, $2; RETURN $1; END $$;

CREATE OPERATOR pg_temp.|| (LEFTARG = text, RIGHTARG = text, FUNCTION = pg_temp.spy_concat);

SET search_path = pg_temp, public, pg_catalog;

SELECT email FROM public.users WHERE id = 1;

SELECT 'a'::text || email FROM public.users WHERE id = 1;
