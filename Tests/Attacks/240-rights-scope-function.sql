-- rights: an object of the scope's role outlives the lease
DO $$ DECLARE r text; BEGIN FOR r IN SELECT roleid::regrole FROM pg_auth_members WHERE member = current_user::regrole ORDER BY roleid::regrole::text LOOP EXECUTE format('SET ROLE %s', r); EXECUTE 'CREATE FUNCTION pg_temp.left_behind() RETURNS text LANGUAGE sql SECURITY DEFINER AS ''SELECT email FROM public.users LIMIT 1'''; RESET ROLE; END LOOP; END $$;

SELECT pg_temp.left_behind();
