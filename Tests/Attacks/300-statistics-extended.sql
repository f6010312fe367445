-- statistics: extended ones, and those of expressions
CREATE STATISTICS pg_temp.s ON email, card FROM public.users;

SELECT * FROM pg_stats_ext WHERE tablename = 'users';

SELECT * FROM pg_stats_ext_exprs WHERE tablename = 'users';

SELECT stxdmcv FROM pg_statistic_ext_data;

SELECT statistics_schemaname, most_common_vals FROM pg_stats_ext;
