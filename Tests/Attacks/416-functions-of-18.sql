-- functions: those that came with 17 and 18
SELECT casefold(email), crc32(card::bytea), reverse(ssn::bytea), array_sort(array[email, card]) FROM users LIMIT 2;

DO $do$ DECLARE r record; BEGIN FOR r IN EXECUTE 'SELECT crc32c(email::bytea), casefold(card) FROM public.users' LOOP RAISE NOTICE '%', r; END LOOP; END $do$;

SELECT pg_get_acl('pg_class'::regclass, 'public.users'::regclass, 0) IS NOT NULL;

SELECT has_largeobject_privilege(1, 'SELECT');

SELECT count(*) >= 0 FROM pg_stat_get_backend_io(pg_backend_pid());

SELECT * FROM pg_aios;

SELECT * FROM pg_get_loaded_modules() WHERE false;

SELECT pg_get_wal_summarizer_state() IS NULL;

SELECT to_bin(ascii(substr(email, 9, 1))), to_oct(length(card)) FROM users LIMIT 2;

SELECT random(1, length(email)) >= 1, random_normal(length(card), 0) FROM users LIMIT 2;

SELECT xmltext(email), unicode_assigned(email) FROM users LIMIT 2;

SELECT bytea_output.x FROM (SELECT int8(substr(email::bytea, 8, 4)) AS x FROM users LIMIT 1) bytea_output;
