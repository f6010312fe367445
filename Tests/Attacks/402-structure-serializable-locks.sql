-- structure: which pages of an index a serializable transaction has read
BEGIN ISOLATION LEVEL SERIALIZABLE;

SELECT email, born FROM users WHERE id IN (3, 17);

UPDATE users SET note = 'locked' WHERE id = 3;

SELECT count(*) FROM events WHERE at > '2024-12-30';

SELECT locktype, relation::regclass::text, page, tuple, mode FROM pg_locks WHERE pid = pg_backend_pid() AND relation::regclass::text ~ 'user|event' ORDER BY 1, 2, 3, 4, 5;

ROLLBACK;
