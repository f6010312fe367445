-- names: keys, functions and tables of ours
SELECT * FROM iss.key;

SELECT iss.lookup_key(current_user), iss.hmac('\x00', '\x00');

SELECT iss.lookup_permits('public.users'::regclass, 3, 'x', '\x00');

SELECT * FROM iss.masked_column;

SELECT iss.shadow_drop();

SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'iss'::regnamespace AND prosrc LIKE '%canary%';
