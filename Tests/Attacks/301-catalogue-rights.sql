-- catalogue: what the rights functions tell
SELECT attname, has_column_privilege('public.users', attname, 'SELECT') FROM pg_attribute WHERE attrelid = 'public.users'::regclass AND attnum > 0 ORDER BY attnum;

SELECT has_table_privilege('shop_owner', 'public.users', 'SELECT'), pg_has_role('shop_owner', 'USAGE'), has_any_column_privilege('public.users', 'SELECT');

SELECT column_name, privilege_type FROM information_schema.column_privileges WHERE table_name = 'users' AND grantee = current_user ORDER BY 1, 2;
