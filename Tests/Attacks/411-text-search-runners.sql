-- query-running functions: ts_rewrite, ts_stat and ts_debug over masked tables
SELECT ts_rewrite('x'::tsquery, 'SELECT ''x''::tsquery, plainto_tsquery(email) FROM public.users WHERE id = 1');

SELECT ts_rewrite('x'::tsquery, 'SELECT ''x''::tsquery, plainto_tsquery(email) FROM users WHERE id = 1');

SELECT word FROM ts_stat('SELECT to_tsvector(''simple'', card) FROM public.users') ORDER BY 1;

SELECT word FROM ts_stat('SELECT to_tsvector(''simple'', note) FROM public.users', 'abcd') ORDER BY 1 LIMIT 3;

SELECT token FROM users, ts_debug('simple', email) ORDER BY 1 LIMIT 4;

CREATE TEXT SEARCH DICTIONARY pg_temp.d (TEMPLATE = simple, STOPWORDS = '../../../../etc/passwd');
