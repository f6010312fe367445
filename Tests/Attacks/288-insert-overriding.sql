-- INSERT: values that the table makes itself
INSERT INTO public.users (id, full_name, email, born) OVERRIDING USER VALUE VALUES (901, 'x', DEFAULT, DEFAULT) RETURNING *;

INSERT INTO public.users DEFAULT VALUES RETURNING users;

INSERT INTO public.users (id, full_name, born) VALUES (902, 'x', '2000-01-01') RETURNING users, users.*;
