-- COPY: a query
COPY (SELECT email, card FROM users) TO STDOUT;

COPY (TABLE public.users) TO STDOUT CSV;

COPY (WITH x AS (SELECT u FROM users u) SELECT * FROM x) TO STDOUT;
