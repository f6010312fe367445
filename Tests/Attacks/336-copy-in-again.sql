-- COPY: what was exported masked comes back
COPY public.users (id, email) FROM STDIN (FORMAT csv, HEADER);

COPY users (id, full_name, email, card, ssn) FROM STDIN (FORMAT binary);

COPY users FROM STDIN; COPY users (id, email) FROM STDIN; SELECT id, email FROM users ORDER BY id LIMIT 3;

COPY users (email) FROM STDIN (DELIMITER '*', NULL 'x');
