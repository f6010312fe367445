-- query-running functions: crosstab
SELECT * FROM crosstab('SELECT id, email, card FROM public.users') AS t (id int, a text);

SELECT * FROM connectby('public.users', 'email', 'card', '1', 0) AS t (a text, b text, c int);
