-- statistics: ANALYZE by the lease
ANALYZE VERBOSE public.users;

VACUUM (VERBOSE) public.users;
