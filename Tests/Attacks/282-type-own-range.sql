-- types: a range type with a function of one's own
CREATE FUNCTION pg_temp.apart(text, text) RETURNS float8 LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE NOTICE '% %', $1, $2; RETURN 1; END $$;

CREATE TYPE pg_temp.span AS RANGE (subtype = text, subtype_diff = pg_temp.apart);

SELECT pg_temp.span(email, card) FROM users WHERE id = 1;

CREATE TYPE pg_temp.pair AS (a text, b text);

SELECT (email, card)::pg_temp.pair FROM users WHERE id = 1;
