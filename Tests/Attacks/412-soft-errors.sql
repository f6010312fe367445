-- errors: soft ones, told as rows (16)
SELECT (pg_input_error_info(email, 'integer')).message FROM users ORDER BY 1 LIMIT 2;

SELECT pg_input_is_valid(ssn, 'date'), pg_input_is_valid(card, 'numeric') FROM users LIMIT 2;

DO $do$ DECLARE r record; BEGIN FOR r IN EXECUTE 'SELECT (pg_input_error_info(email, ''integer'')).* FROM public.users' LOOP RAISE NOTICE '%', r; END LOOP; END $do$;

SELECT to_regtype(email), to_regclass(card), to_regrole(email), to_regnamespace(ssn) FROM users LIMIT 2;

SELECT email::regclass FROM users LIMIT 1;

SELECT card::bigint, ssn::inet FROM users LIMIT 1;

SELECT jsonb_path_query(to_jsonb(u), '$.email.double()') FROM users u LIMIT 1;

SELECT jsonb_path_exists(to_jsonb(u), '$ ? (@.card like_regex "4007")', '{}', true) FROM users u LIMIT 3;
