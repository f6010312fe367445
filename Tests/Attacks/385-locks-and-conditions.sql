-- row locks: conditions that a lock is said to see again, functions that watch, and locks as an answer
CREATE FUNCTION pg_temp.watch(anyelement) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS 'BEGIN RAISE NOTICE ''%'', $1; RETURN true; END';

SELECT id FROM users u WHERE pg_temp.watch(email) AND pg_temp.watch(u) AND id < 3 ORDER BY id FOR UPDATE;

SELECT id FROM users WHERE pg_temp.watch(card) AND card > '40072' FOR SHARE;

SELECT count(*) FROM (SELECT 1 FROM users WHERE email < 'canaryqxb' FOR UPDATE SKIP LOCKED) s;

SELECT 1 / (CASE WHEN ssn < '908' THEN 0 ELSE 1 END) FROM users WHERE id = 1 FOR UPDATE;

SELECT card::bigint / 0 FROM users WHERE id = 1 FOR UPDATE;

SELECT email::int FROM users WHERE id = 1 FOR NO KEY UPDATE;

BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT born, email FROM users WHERE born < '1977-06-01' ORDER BY id FOR UPDATE; SELECT locktype, mode, relation::regclass FROM pg_locks WHERE pid = pg_backend_pid() AND relation IS NOT NULL ORDER BY 1, 2, 3::text; COMMIT;

BEGIN READ ONLY; SELECT * FROM users FOR UPDATE;

ROLLBACK;

BEGIN; SAVEPOINT s; SELECT email FROM users WHERE id = 1 FOR UPDATE; ROLLBACK TO s; SELECT email FROM users WHERE id = 1 FOR KEY SHARE; COMMIT;

EXPLAIN (ANALYZE, WAL, COSTS off, TIMING off, SUMMARY off, BUFFERS off) SELECT * FROM users WHERE email LIKE 'c%' FOR UPDATE;

PREPARE p (text) AS SELECT id, card FROM users WHERE card LIKE $1 ORDER BY id FOR UPDATE;

EXECUTE p ('4007%');

EXECUTE p ('%0001');

DEALLOCATE p;
