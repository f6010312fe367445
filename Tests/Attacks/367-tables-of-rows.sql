-- types: the shadow's and the table's row types, cast, built, passed and stored
CREATE TEMP TABLE r OF users;

CREATE TEMP TABLE r (u users); INSERT INTO r SELECT u FROM users u; SELECT (u).email, (u).card FROM r ORDER BY 1, 2;

INSERT INTO r SELECT ROW(u.*)::users FROM users u; SELECT count(DISTINCT (u).email) FROM r;

SELECT (jsonb_populate_record(u, '{"note": "x"}')).email FROM users u ORDER BY 1;

SELECT (u #= hstore('note', 'x')).email FROM users u;

SELECT json_populate_recordset(NULL::users, json_agg(u)) FROM users u;

SELECT users::text FROM users ORDER BY 1;

SELECT u::public.users FROM users u;

CREATE FUNCTION pg_temp.mail(public.users) RETURNS text LANGUAGE sql AS 'SELECT $1.email';

SELECT pg_temp.mail(u) FROM users u;

SELECT u.mail FROM users u;
