-- structure: the table's other forks and its TOAST table
DO $$ DECLARE t text; r record; BEGIN SELECT reltoastrelid::regclass::text INTO t FROM pg_class WHERE oid = 'public.users'::regclass; FOR r IN EXECUTE 'SELECT * FROM ' || t LOOP RAISE NOTICE '%', r; END LOOP; END $$;

DO $$ DECLARE r record; BEGIN FOR r IN EXECUTE 'SELECT * FROM public.users_email_key' LOOP RAISE NOTICE '%', r; END LOOP; END $$;

SELECT pg_relation_size('public.users', 'vm'), pg_relation_size('public.users', 'init');

SELECT pg_column_toast_chunk_id(email), pg_column_compression(ssn), pg_column_size(card) FROM users WHERE id < 3;

DO $$ DECLARE r record; BEGIN FOR r IN EXECUTE 'SELECT pg_column_toast_chunk_id(email) FROM public.users' LOOP RAISE NOTICE '%', r; END LOOP; END $$;

SELECT currtid2('public.users', '(0,1)');
