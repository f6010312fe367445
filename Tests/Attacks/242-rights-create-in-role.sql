-- rights: a new role within the scope's
CREATE ROLE mine IN ROLE shop_owner;

DO $$ DECLARE r text; BEGIN FOR r IN SELECT roleid::regrole FROM pg_auth_members WHERE member = current_user::regrole ORDER BY roleid::regrole::text LOOP EXECUTE format('CREATE ROLE mine IN ROLE %s', r); END LOOP; END $$;
