-- COPY: the table
COPY users TO STDOUT;

COPY public.users (email, card) TO STDOUT WITH (FORMAT csv, HEADER, FORCE_QUOTE *);

COPY users (ssn) TO STDOUT WITH (FORMAT binary);
