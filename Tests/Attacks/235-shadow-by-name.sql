-- names: the shadow's schema and our own objects
SELECT string_agg(nspname, ',') <> '' FROM pg_namespace WHERE nspname LIKE 'iss%';

SELECT * FROM iss.key;

SELECT proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE nspname = 'iss' AND has_function_privilege(p.oid, 'EXECUTE');
