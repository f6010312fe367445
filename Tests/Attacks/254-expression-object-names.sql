-- expressions: values looked up as names of objects
SELECT email::regclass FROM users WHERE id = 1;

SELECT to_regclass(quote_ident(email)), to_regrole(quote_ident(email)) FROM users WHERE id = 1;

SELECT full_name::regtype FROM users WHERE id = 1;

SELECT to_regproc(card) FROM public.users;
