-- views: a view over a view over the base
CREATE TEMP VIEW one AS SELECT * FROM public.users;

CREATE TEMP VIEW two AS SELECT u::text FROM one u;

SELECT * FROM two;
