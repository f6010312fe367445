-- copy: rows that are skipped, and what is said of them (17, 18)
CREATE TEMP TABLE target (id int, born date);

COPY target FROM STDIN WITH (ON_ERROR ignore, LOG_VERBOSITY verbose);

COPY target FROM STDIN WITH (FORMAT csv, ON_ERROR ignore, REJECT_LIMIT 3);

COPY public.users (id, note) TO STDOUT WITH (FORMAT csv, HEADER true);

COPY (SELECT * FROM public.users) TO STDOUT WITH (FORMAT binary);

COPY (TABLE public.events_2024) TO STDOUT;

COPY public.events TO STDOUT;

COPY (SELECT email FROM ONLY users) TO STDOUT;

COPY public.users FROM PROGRAM 'cat /etc/passwd';

COPY (SELECT email FROM users) TO PROGRAM 'cat';
