-- DDL: a materialized view
CREATE MATERIALIZED VIEW pg_temp.m AS SELECT email FROM public.users;

SELECT * FROM pg_temp.m;
