-- subqueries: outer reference by schema
SELECT (SELECT public.users.email) FROM public.users;

SELECT (SELECT max(public.users.card) FROM orders) FROM public.users;
