-- functions: arguments of any type
CREATE FUNCTION pg_temp.tell(VARIADIC x anyarray) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'got %', x; RETURN x::text; END $$;

SELECT pg_temp.tell(VARIADIC array_agg(email)) FROM users WHERE id < 3;

SELECT pg_temp.tell(card, ssn) FROM public.users WHERE id = 1;

SELECT pg_temp.tell(u, u) FROM users u WHERE id = 1;
