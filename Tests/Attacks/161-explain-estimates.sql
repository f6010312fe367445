-- EXPLAIN: estimates from statistics of masked columns
EXPLAIN (FORMAT json) SELECT id FROM public.users WHERE born < '1977-06-01';

EXPLAIN SELECT id FROM users WHERE born < '1977-06-01' AND card > '40072';
