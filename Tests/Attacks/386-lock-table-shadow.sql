-- row locks: LOCK TABLE, privileges asked about, and grants passed on
BEGIN; LOCK TABLE iss_m_efa1f375d76194fa.users IN ROW EXCLUSIVE MODE;

ROLLBACK;

BEGIN; LOCK TABLE iss_m_efa1f375d76194fa.users IN ACCESS EXCLUSIVE MODE;

ROLLBACK;

BEGIN; LOCK TABLE users IN ROW SHARE MODE; SELECT email FROM users;

ROLLBACK;

SELECT column_name, is_updatable FROM information_schema.columns WHERE table_schema = 'iss_m_efa1f375d76194fa' AND table_name = 'users' ORDER BY ordinal_position;

SELECT attname, has_column_privilege('iss_m_efa1f375d76194fa.users', attnum, 'UPDATE'), has_column_privilege('iss_mask_owner', 'public.users', attname::text, 'UPDATE') FROM pg_attribute WHERE attrelid = 'iss_m_efa1f375d76194fa.users'::regclass AND attnum > 0 ORDER BY attnum;

GRANT UPDATE (email) ON iss_m_efa1f375d76194fa.users TO PUBLIC;

GRANT UPDATE (note) ON iss_m_efa1f375d76194fa.users TO CURRENT_USER;

ALTER VIEW iss_m_efa1f375d76194fa.users ALTER COLUMN email SET DEFAULT 'x@example.com';

CREATE OR REPLACE VIEW iss_m_efa1f375d76194fa.users AS SELECT * FROM public.users;

ALTER VIEW iss_m_efa1f375d76194fa.users SET (security_invoker = true);

SET ROLE iss_mask_owner;

SET SESSION AUTHORIZATION iss_mask_owner;

SELECT email FROM users WHERE id = 1 FOR UPDATE;
