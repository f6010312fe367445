-- In each governed database, as its owner or a superuser. Idempotent.
-- CREATE: for schema "iss" (our functions) and the shadow schemas "iss_m_*"; they belong to the issuer's admin.
-- CONNECT, with the right to pass it on: scopes are given CONNECT where PUBLIC has none.
DO $$
DECLARE
  admin constant name := coalesce(nullif(current_setting('issuer.admin', true), ''), 'issuer_admin');
BEGIN
  EXECUTE format('GRANT CREATE ON DATABASE %I TO %I', current_database(), admin);
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I WITH GRANT OPTION', current_database(), admin);
END
$$;
