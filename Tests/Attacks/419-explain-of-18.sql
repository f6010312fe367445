-- explain: what 16 to 18 add, of base and mask
SET enable_seqscan = off;

EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off, BUFFERS off) SELECT id FROM public.users WHERE id = ANY (ARRAY[1, 5, 9]);

EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off, BUFFERS off) SELECT id FROM users WHERE born > '1977-06-01' AND note = 'x';

EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off, BUFFERS off) SELECT id FROM users WHERE lower(email) = 'c***@***.com';

EXPLAIN (GENERIC_PLAN) SELECT id FROM public.users WHERE note = $1;

EXPLAIN (ANALYZE, SERIALIZE text, COSTS off, TIMING off, SUMMARY off, BUFFERS off) SELECT * FROM users;

EXPLAIN (ANALYZE, VERBOSE, COSTS off, TIMING off, SUMMARY off, BUFFERS off) SELECT a.id FROM users a JOIN users b USING (id) WHERE a.email = b.email;

DO $do$ DECLARE r record; BEGIN FOR r IN EXECUTE 'EXPLAIN (ANALYZE, WAL, COSTS off, TIMING off, SUMMARY off, BUFFERS off) UPDATE public.users SET note = ''w'' WHERE id = 4' LOOP RAISE NOTICE '%', r; END LOOP; END $do$;

DO $do$ DECLARE r record; BEGIN FOR r IN EXECUTE 'EXPLAIN (COSTS off) SELECT email FROM public.users WHERE card > ''4007''' LOOP RAISE NOTICE '%', r; END LOOP; END $do$;
