-- DBeaver: reads with limit and counts
SELECT u.* FROM public.users u ORDER BY u.id LIMIT 200 OFFSET 0;

SELECT count(*) FROM public.users u;

SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE; SET extra_float_digits = 3; SET application_name = 'DBeaver';
