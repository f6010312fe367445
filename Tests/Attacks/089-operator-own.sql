-- operators: one's own, cheap, and fed with the column
CREATE FUNCTION pg_temp.tell(a text, b text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$ BEGIN RAISE NOTICE 'saw %', a; RETURN true; END $$;

CREATE OPERATOR pg_temp.=== (LEFTARG = text, RIGHTARG = text, FUNCTION = pg_temp.tell);

SELECT count(*) FROM users WHERE email OPERATOR(pg_temp.===) 'x';
