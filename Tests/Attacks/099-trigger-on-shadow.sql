-- DDL: an INSTEAD OF trigger on the shadow
DO $$ DECLARE s text; BEGIN SELECT nspname INTO s FROM pg_namespace WHERE nspname LIKE 'iss\_m\_%' LIMIT 1; EXECUTE format('CREATE TRIGGER x INSTEAD OF UPDATE ON %I.users FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()', s); END $$;
