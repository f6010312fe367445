-- CTAS: of a statement that was prepared
PREPARE all_of_it AS SELECT id, email, card FROM public.users;

CREATE TEMP TABLE kept AS EXECUTE all_of_it;

SELECT * FROM kept ORDER BY id LIMIT 3;

CREATE TEMP TABLE empty AS TABLE public.users WITH NO DATA;

INSERT INTO empty SELECT * FROM users;

SELECT email FROM empty ORDER BY id LIMIT 1;
