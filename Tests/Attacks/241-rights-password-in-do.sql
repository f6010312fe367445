-- rights: a known password, set where no statement shows it
DO $$ BEGIN EXECUTE format('ALTER ROLE %I PASSWORD %L', current_user, 'known'); END $$;

ALTER ROLE CURRENT_USER PASSWORD NULL;

SELECT rolname FROM pg_authid WHERE rolname = current_user AND rolpassword IS NOT NULL;
