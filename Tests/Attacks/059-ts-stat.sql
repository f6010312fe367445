-- query-running functions: ts_stat
SELECT * FROM ts_stat('SELECT to_tsvector(email) FROM public.users');

SELECT ts_rewrite('a'::tsquery, 'SELECT ''a''::tsquery, to_tsquery(replace(email, ''@'', '''')) FROM public.users LIMIT 1');
