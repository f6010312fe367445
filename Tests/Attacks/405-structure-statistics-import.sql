-- structure: statistics written by the lease, and read again by plans (18)
DO $$ BEGIN PERFORM pg_restore_relation_stats('schemaname', 'public', 'relname', 'users', 'relpages', 1, 'reltuples', 7::real); END $$;

DO $$ BEGIN PERFORM pg_restore_attribute_stats('schemaname', 'public', 'relname', 'users', 'attname', 'born', 'inherited', false, 'n_distinct', 3::real); END $$;

DO $$ BEGIN PERFORM pg_clear_attribute_stats('public', 'users', 'born', false); END $$;

DO $$ BEGIN PERFORM pg_clear_relation_stats('public', 'users'); END $$;

EXPLAIN SELECT id FROM public.users WHERE note = 'note 3';

ALTER TABLE public.users ALTER COLUMN born SET STATISTICS 1;

ALTER TABLE public.users ALTER COLUMN born SET (n_distinct = 5);
