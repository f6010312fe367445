-- DDL: extended statistics
CREATE STATISTICS pg_temp.s ON email, card FROM public.users;

SELECT * FROM pg_stats_ext;
