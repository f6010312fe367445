-- session: settings that print trees, plans and messages, over shadows
SET client_min_messages = debug5;

SET debug_print_parse = on; SET debug_print_rewritten = on; SET debug_print_plan = on; SET debug_pretty_print = off;

SELECT email FROM users WHERE card > '4007' ORDER BY ssn LIMIT 1;

UPDATE users SET note = 'x' WHERE id = 1 RETURNING *;

SET plan_cache_mode = force_custom_plan; SET compute_query_id = on; SET debug_parallel_query = on; SET force_parallel_mode = on;

SELECT max(email) FROM users WHERE born < '1977-06-01';

RESET ALL;
