-- COPY: what a change returns
COPY (UPDATE users SET note = note RETURNING *) TO STDOUT;

COPY (DELETE FROM users WHERE id = 20 RETURNING email) TO STDOUT;
