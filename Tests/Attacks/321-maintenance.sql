-- DDL: VACUUM, CLUSTER, TRUNCATE and REFRESH
VACUUM (VERBOSE, ANALYZE) public.users;

CLUSTER public.users USING users_born;

TRUNCATE public.users CASCADE;

REINDEX INDEX public.users_lower_email;

ANALYZE public.users (email);
