-- estimates: by operators of the lease's own, with PostgreSQL's estimators behind them
CREATE FUNCTION pg_temp.looks(a text, b text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE COST 0.0001 AS $$ BEGIN RAISE NOTICE 'saw % and %', a, b; RETURN a < b; END $$;

CREATE OPERATOR pg_temp.<<< (LEFTARG = text, RIGHTARG = text, FUNCTION = pg_temp.looks, RESTRICT = scalarltsel, JOIN = scalarltjoinsel);

CREATE OPERATOR pg_temp.=== (LEFTARG = text, RIGHTARG = text, FUNCTION = pg_temp.looks, RESTRICT = eqsel, JOIN = eqjoinsel);

CREATE OPERATOR pg_temp.~~~ (LEFTARG = text, RIGHTARG = text, FUNCTION = pg_temp.looks, RESTRICT = likesel);

EXPLAIN (COSTS off) SELECT id FROM users WHERE email OPERATOR(pg_temp.<<<) 'm' AND lower(email) OPERATOR(pg_temp.===) 'x';

EXPLAIN (COSTS off) SELECT id FROM public.users WHERE email OPERATOR(pg_temp.<<<) 'm';

PREPARE seen AS SELECT id FROM public.users WHERE card OPERATOR(pg_temp.<<<) '4' OR email OPERATOR(pg_temp.~~~) 'c%';

EXECUTE seen;

EXPLAIN (COSTS off) SELECT e.id FROM public.events e WHERE e.email OPERATOR(pg_temp.===) 'x' AND e.at > '2024-01-01';

EXPLAIN (COSTS off) SELECT e.id FROM events e JOIN users u ON e.email OPERATOR(pg_temp.===) u.email;
