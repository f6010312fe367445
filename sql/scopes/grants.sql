-- Last of all: what PostgreSQL gives to PUBLIC by default is taken, and the shadows' owner gets the keys of `hash` masks and look-ups.
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA iss FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA iss FROM PUBLIC;
GRANT SELECT ON iss.key TO iss_mask_owner;
-- For the bodies of look-ups, which run as it.
GRANT USAGE ON SCHEMA iss TO iss_mask_owner;
GRANT EXECUTE ON FUNCTION iss.hmac(bytea, bytea), iss.lookup_key(name), iss.lookup_permits(oid, integer, text, bytea) TO iss_mask_owner;
