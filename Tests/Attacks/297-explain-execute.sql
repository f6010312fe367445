-- EXPLAIN: of a statement that was prepared
PREPARE one (text) AS SELECT id FROM users WHERE email = $1;

EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) EXECUTE one('canaryqxa001@example.com');

SET plan_cache_mode = force_generic_plan;

EXPLAIN (COSTS OFF) EXECUTE one('canaryqxb001@example.com');

EXECUTE one('canaryqxa001@example.com');
