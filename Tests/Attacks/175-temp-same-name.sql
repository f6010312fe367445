-- temp objects: a table of the same name
CREATE TEMP TABLE users (id int, email text);

INSERT INTO users SELECT id, email FROM public.users;

SELECT * FROM users;

SELECT email FROM public.users;
