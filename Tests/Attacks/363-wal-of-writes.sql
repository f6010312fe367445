-- writes: what free columns' writes cost in the log, which must not depend on their neighbours
UPDATE users SET note = 'warm' WHERE id < 4;

EXPLAIN (ANALYZE, WAL, COSTS off, TIMING off, SUMMARY off, BUFFERS off) UPDATE users SET note = 'other' WHERE id < 4;

EXPLAIN (ANALYZE, WAL, COSTS off, TIMING off, SUMMARY off, BUFFERS off) UPDATE users SET full_name = 'A longer name ' || id WHERE id < 4;

EXPLAIN (ANALYZE, WAL, COSTS off, TIMING off, SUMMARY off, BUFFERS off) DELETE FROM users WHERE id = 20;
