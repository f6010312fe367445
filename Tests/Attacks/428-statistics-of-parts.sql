-- statistics: counts and sizes of partial parts, and of partitions
SELECT relnamespace::regnamespace, relname, reltuples, relpages, relkind FROM pg_class WHERE relname ~ '^(users|events)' ORDER BY relnamespace::regnamespace::text, relname;

SELECT tablename, attname, null_frac, n_distinct, correlation FROM pg_stats WHERE schemaname = 'public' ORDER BY 1, 2;

SELECT attname, most_common_vals::text, histogram_bounds::text FROM pg_stats WHERE tablename IN ('events', 'events_2024') AND inherited ORDER BY 1;

SELECT count(*) FROM pg_statistic_ext WHERE stxrelid = 'public.users'::regclass;

SELECT pg_stat_get_ins_since_vacuum('public.users'::regclass) >= 0, pg_stat_get_mod_since_analyze('public.users'::regclass) >= 0;

SELECT pg_get_partkeydef('public.events'::regclass), pg_get_partition_constraintdef('public.events_2024'::regclass), pg_get_statisticsobjdef_expressions(0);

SELECT * FROM pg_mcv_list_items(NULL);
