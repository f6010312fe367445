-- DDL: change the shadow
DO $$ DECLARE s text; BEGIN SELECT nspname INTO s FROM pg_namespace WHERE nspname LIKE 'iss\_m\_%' LIMIT 1; EXECUTE format('CREATE OR REPLACE VIEW %I.users AS SELECT * FROM public.users', s); END $$;

SELECT email FROM users;
