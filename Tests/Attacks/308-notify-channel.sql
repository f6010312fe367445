-- side channels: the name of a channel
LISTEN "c***@***.com";

DO $$ BEGIN EXECUTE format('NOTIFY %I', (SELECT email FROM users WHERE id = 1)); END $$;

SELECT pg_notify('c***@***.com', email) FROM users WHERE id = 2;

SELECT pg_listening_channels();

DO $$ BEGIN EXECUTE format('LISTEN %I', (SELECT email FROM public.users WHERE id = 1)); END $$;
