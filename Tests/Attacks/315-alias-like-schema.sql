-- aliases: a table called as a schema is
SELECT public.email FROM users public WHERE public.id = 1;

SELECT iss.email, pg_catalog.card FROM users AS iss JOIN users AS pg_catalog USING (id) WHERE id = 1;

SELECT "select"."from" FROM (SELECT email AS "from" FROM users WHERE id = 1) AS "select";

SELECT users.users.email FROM users AS users WHERE id = 1;
