-- COPY: the line in the context of an error
COPY users (id, email) FROM STDIN;

COPY orders (id, user_id, total) FROM STDIN WITH (FORMAT csv);
