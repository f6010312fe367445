-- statistics: pg_stats
SELECT * FROM pg_stats WHERE tablename IN ('users', 'events') AND attname IN ('email', 'card', 'ssn', 'born');

SELECT tablename, attname, inherited, most_common_vals, histogram_bounds FROM pg_stats WHERE schemaname = 'public' ORDER BY 1, 2, 3;
