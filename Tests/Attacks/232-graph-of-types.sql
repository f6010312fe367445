-- types: composite types of the table
CREATE TEMP TABLE holder (u public.users);

INSERT INTO holder SELECT u FROM public.users u;

INSERT INTO holder SELECT ROW(u.*)::public.users FROM users u;

SELECT (u).email FROM holder;
