-- psycopg: executemany with RETURNING and server-side cursors
BEGIN;

DECLARE "named" CURSOR FOR SELECT id, full_name FROM users ORDER BY id;

FETCH FORWARD 3 FROM "named";

FETCH FORWARD 30 FROM "named";

CLOSE "named";

INSERT INTO orders (id, user_id, total) SELECT 800 + id, id, id * 2 FROM users WHERE id < 4 RETURNING id, total;

ROLLBACK;
