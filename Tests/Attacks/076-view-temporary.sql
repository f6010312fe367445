-- views: a temporary view over the base
CREATE TEMP VIEW mine AS SELECT id, email FROM public.users;

SELECT * FROM mine;
