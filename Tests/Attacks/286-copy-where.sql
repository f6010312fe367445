-- COPY: a filter over rows that come in
COPY public.users (id, full_name, note) FROM STDIN WHERE email LIKE '%qxa%';

COPY public.users (id, email) FROM STDIN;

COPY public.users FROM STDIN (FORMAT csv, FORCE_NULL (email), NULL '***');
