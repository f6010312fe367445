-- inference: limits of time and memory as an answer
SET statement_timeout = '30s'; SET lock_timeout = '1s'; SET idle_in_transaction_session_timeout = '1min';

SELECT set_config('transaction_timeout', '30s', false);

SET work_mem = '64kB'; SELECT string_agg(repeat(email, 100), '') IS NULL FROM users, generate_series(1, 50);

SET temp_file_limit = 0;

SET max_stack_depth = '100kB'; SELECT count(*) FROM users WHERE email LIKE repeat('%', 2000) || 'a';

DO $$ BEGIN SET LOCAL statement_timeout = '2s'; PERFORM CASE WHEN email LIKE '_anaryqxa%' THEN pg_sleep(5) END FROM users; END $$;

DO $$ BEGIN SET LOCAL statement_timeout = '2s'; PERFORM CASE WHEN email LIKE '_anaryqxa%' THEN pg_sleep(5) END FROM public.users; END $$;
