-- COPY: free columns, tables and queries
COPY (SELECT id, full_name FROM users WHERE id < 4 ORDER BY id) TO STDOUT WITH (FORMAT csv, HEADER);

COPY orders (id, total) TO STDOUT;

COPY users (id, note) TO STDOUT WITH (DELIMITER '|');
