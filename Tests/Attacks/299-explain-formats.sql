-- EXPLAIN: every format and option
EXPLAIN (VERBOSE, FORMAT json, COSTS OFF) SELECT email, card FROM users WHERE id = 1;

EXPLAIN (FORMAT xml, COSTS OFF, SETTINGS) SELECT upper(email) FROM users WHERE born > '1977-06-01';

EXPLAIN (FORMAT yaml, COSTS OFF, VERBOSE) SELECT string_agg(ssn, ',') FROM users GROUP BY left(card, 4);
