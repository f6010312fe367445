-- aggregates: one's own
CREATE FUNCTION pg_temp.step(state text, item text) RETURNS text LANGUAGE sql AS 'SELECT coalesce(state, '''') || item';

CREATE AGGREGATE pg_temp.glue (text) (SFUNC = pg_temp.step, STYPE = text);

SELECT pg_temp.glue(email), pg_temp.glue(card ORDER BY id) FROM users;
