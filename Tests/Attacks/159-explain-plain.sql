-- EXPLAIN: costs and filters
EXPLAIN SELECT * FROM users WHERE email = 'canaryqxa001@example.com';

EXPLAIN (VERBOSE, COSTS off) SELECT email, card FROM users WHERE id = 1;
