-- EXPLAIN: of statements that write
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) UPDATE public.users SET note = 'x' WHERE email LIKE '%qxa%';

BEGIN;

EXPLAIN (ANALYZE, VERBOSE, COSTS OFF, TIMING OFF, SUMMARY OFF) UPDATE public.orders SET note = users.email FROM users WHERE users.id = user_id AND orders.id = 1 RETURNING *;

ROLLBACK;

EXPLAIN (VERBOSE, COSTS OFF) INSERT INTO public.orders (id, user_id, total) SELECT 1000 + id, id, length(email) FROM users;
