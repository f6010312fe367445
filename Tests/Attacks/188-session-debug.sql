-- session: debug output
SET debug_print_plan = on;

SET client_min_messages = debug5;

SELECT email FROM users WHERE id = 1;

SET log_min_messages = debug5;
