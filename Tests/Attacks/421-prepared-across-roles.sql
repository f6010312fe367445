-- session: statements and cursors that outlive a change of role and path
PREPARE raw AS SELECT email, card FROM public.users WHERE id = 1;

PREPARE masked AS SELECT email, card FROM users WHERE id = 1;

DO $$ DECLARE r text; BEGIN SELECT g.rolname INTO r FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid JOIN pg_roles u ON u.oid = m.member WHERE u.rolname = current_user AND g.rolname LIKE 'iss\_scope\_%'; EXECUTE format('SET ROLE %I', r); END $$;

EXECUTE raw;

EXECUTE masked;

SET search_path = public, pg_temp; EXECUTE masked;

DEALLOCATE raw; PREPARE raw AS TABLE public.users; EXECUTE raw;

DECLARE held CURSOR WITH HOLD FOR SELECT * FROM public.users;

RESET ROLE; FETCH ALL FROM held;

DISCARD ALL;

EXECUTE masked;
