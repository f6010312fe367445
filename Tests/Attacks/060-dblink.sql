-- query-running functions: dblink and the like
SELECT * FROM dblink('dbname=' || current_database(), 'SELECT email FROM public.users') AS t (email text);

CREATE EXTENSION dblink;
