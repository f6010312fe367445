-- session: planner switches and parallel workers
SET enable_seqscan = off;

SET force_parallel_mode = on;

SELECT email, card FROM users WHERE email > '';

SET row_security = off;

SELECT email FROM users;
