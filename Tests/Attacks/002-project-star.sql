-- projection: every column
SELECT * FROM users;

SELECT users.* FROM users;

SELECT u.* FROM public.users AS u;

TABLE users;
