-- DO: a value carried in a setting
DO $$ BEGIN PERFORM set_config('application_name', (SELECT email FROM public.users WHERE id = 1), false); END $$;

SELECT set_config('application_name', email, false) FROM users WHERE id = 1;

SHOW application_name;

SELECT set_config('attack.value', card, false) FROM users WHERE id = 1; SELECT current_setting('attack.value', true);
