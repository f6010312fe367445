-- statistics: the catalogue itself
SELECT stavalues1 FROM pg_statistic WHERE starelid = 'public.users'::regclass;

SELECT * FROM pg_statistic_ext_data;
