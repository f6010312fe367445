-- expressions: column as a function
SELECT email(users) FROM users;

SELECT users.email(users) FROM users;

SELECT card(u) FROM public.users u;
