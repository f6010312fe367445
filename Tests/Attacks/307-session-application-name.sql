-- side channels: a name of the session made from a value
SELECT set_config('application_name', email, false) FROM users WHERE id = 1;

SHOW application_name;

DO $$ BEGIN PERFORM set_config('application_name', (SELECT email FROM public.users WHERE id = 1), false); END $$;

SELECT application_name LIKE '%qx%' FROM pg_stat_activity WHERE pid = pg_backend_pid();
