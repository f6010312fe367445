-- copy: ON_ERROR, LOG_VERBOSITY, REJECT_LIMIT (17, 18), FORCE_NULL, DEFAULT, HEADER MATCH
COPY users (id, full_name, born) FROM STDIN (ON_ERROR ignore, LOG_VERBOSITY verbose);

COPY users (id, full_name, email, born) FROM STDIN (FORMAT csv, HEADER match, ON_ERROR ignore, REJECT_LIMIT 5);

COPY users (email) TO STDOUT (FORMAT csv, HEADER, FORCE_QUOTE *);

COPY users TO STDOUT (FORMAT csv, DEFAULT '\D', NULL 'none');

COPY (SELECT email, card FROM users ORDER BY email) TO STDOUT (FORMAT binary);

COPY (UPDATE users SET note = 'x' WHERE id = 1 RETURNING *) TO STDOUT (FORMAT csv, HEADER);

COPY users (id, email) FROM STDIN WHERE email LIKE 'canary%';

COPY users TO STDOUT (FORMAT csv, FORCE_QUOTE (email), ENCODING 'LATIN1');
