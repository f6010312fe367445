-- Last of all: what PostgreSQL gives to PUBLIC by default is taken, and the shadows' owner gets the key of `hash` masks.
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA iss FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA iss FROM PUBLIC;
GRANT SELECT ON iss.key TO iss_mask_owner;
