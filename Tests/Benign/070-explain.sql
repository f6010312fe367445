-- EXPLAIN of free columns
EXPLAIN (COSTS off) SELECT o.id FROM orders o WHERE o.id = 3;

EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off) UPDATE orders SET note = note WHERE id = 3;
