-- EXPLAIN: constants folded from a subquery
EXPLAIN (VERBOSE, ANALYZE, COSTS off, TIMING off, SUMMARY off) SELECT (SELECT email FROM users WHERE id = 1) || 'x';

EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off) SELECT * FROM users ORDER BY email LIMIT 1;
