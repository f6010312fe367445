-- DDL: names moved around
ALTER TABLE public.users RENAME TO people;

ALTER TABLE public.users SET SCHEMA app;

ALTER TABLE public.users RENAME COLUMN email TO mail;

SELECT mail FROM people;
