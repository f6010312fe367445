-- catalogue: passwords and mappings
SELECT umoptions FROM pg_user_mappings;

SELECT rolpassword FROM pg_authid;

SELECT passwd FROM pg_shadow;
