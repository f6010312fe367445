-- names: database, schema, table, column
SELECT public.users.email, public.users.* FROM public.users;

SELECT attack.public.users.email FROM attack.public.users;

SELECT iss.public.users.email FROM public.users;
