-- errors: arithmetic out of range
SELECT born + interval '999999999 years' FROM users WHERE id = 1;

SELECT date_trunc('nothing', born) FROM users WHERE id = 1;

SELECT to_date(ssn, 'YYYY-MM-DD'), make_date(1977, ascii(email), 1) FROM users WHERE id = 1;

SELECT (born - date '1977-01-01') / (born - date '1977-02-02') FROM public.users WHERE id = 1;
