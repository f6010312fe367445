-- EXPLAIN: rows that a filter removes
EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off) SELECT id FROM users WHERE email LIKE '%qxa%';

EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off, BUFFERS off) DELETE FROM users WHERE card LIKE '40071%';
