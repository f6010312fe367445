-- COPY: binary, CSV, forced quotes
COPY public.users TO STDOUT (FORMAT binary);

COPY (SELECT email, card FROM users WHERE id = 1) TO STDOUT (FORMAT csv, FORCE_QUOTE *, HEADER, DELIMITER '|');

COPY users (born) TO STDOUT (ENCODING 'LATIN1');

COPY (TABLE users) TO STDOUT WITH (FORMAT text, NULL 'none');
