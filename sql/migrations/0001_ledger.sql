-- The ledger: who asked for what, who allowed it, which role it became, how it ended. All times are this server's clock.
-- Run in database "issuer" as the issuer's admin, in one transaction.

CREATE SCHEMA IF NOT EXISTS issuer;
REVOKE ALL ON SCHEMA issuer FROM PUBLIC;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES REVOKE USAGE ON TYPES FROM PUBLIC;

-- Types instead of CHECKs where issuing writes: a CHECK is read from the catalog anew for each statement, a type is not.
CREATE TYPE issuer.delivery AS ENUM ('proxy', 'direct');
CREATE TYPE issuer.request_state AS ENUM ('requested', 'approved', 'issued', 'denied', 'cancelled', 'failed');
CREATE TYPE issuer.lease_state AS ENUM ('active', 'disabled', 'dropped');

CREATE TABLE issuer.migration (
  version int PRIMARY KEY,
  name text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Files of functions/ as they were loaded last, so that an unchanged one is not loaded again.
CREATE TABLE issuer.function_file (
  name text PRIMARY KEY,
  digest text NOT NULL,
  loaded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Running issuers. Each of their connections holds the shared advisory lock issuer.instance_key(id).
CREATE TABLE issuer.instance (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  heartbeat_at timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 50);

-- 16 and newer: the roles that create lease roles, and how many live ones each has. Empty on older servers.
CREATE TABLE issuer.creator (
  name text PRIMARY KEY,
  live int NOT NULL DEFAULT 0
) WITH (fillfactor = 10);

INSERT INTO issuer.creator (name)
SELECT rolname FROM pg_catalog.pg_roles
WHERE rolname ~ '^iss_creator_[0-9]+$' AND current_setting('server_version_num')::int >= 160000;

-- A compiled scope. The hash covers name, database and definition: a changed policy is a new row and a new role.
CREATE TABLE issuer.scope (
  hash text PRIMARY KEY CHECK (hash ~ '^[a-z0-9]{8,40}$'),
  name text NOT NULL,
  database text NOT NULL,
  role_name text NOT NULL UNIQUE,
  role_oid oid NOT NULL,
  state text NOT NULL DEFAULT 'compiling' CHECK (state IN ('compiling', 'ready', 'retiring', 'failed', 'dropped')),
  definition jsonb NOT NULL,
  findings jsonb NOT NULL DEFAULT '[]',
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  ready_at timestamptz,
  retired_at timestamptz
);
CREATE UNIQUE INDEX scope_ready ON issuer.scope (database, name) WHERE state = 'ready';

-- What somebody asked for, with all that is needed to issue it later. Bounds are checked by issuer.grant_request.
CREATE TABLE issuer.request (
  id uuid PRIMARY KEY,
  person text NOT NULL,
  -- Chosen by the client: the same key is answered with the same request.
  idempotency_key text NOT NULL,
  scope text NOT NULL,
  database text NOT NULL,
  delivery issuer.delivery NOT NULL,
  lifetime_seconds int NOT NULL,
  -- From the issue to the furthest deadline that renewals may reach.
  ceiling_seconds int NOT NULL,
  reason text NOT NULL,
  ticket text,
  break_glass boolean NOT NULL,
  approvals_needed int NOT NULL,
  -- Who may approve, as policy said when it was asked; for people to read.
  approval_rule jsonb NOT NULL DEFAULT '{}',
  -- Run-time settings for the role: {"statement_timeout": "30s"}.
  settings jsonb NOT NULL DEFAULT '{}',
  connection_limit int NOT NULL,
  -- Whether objects that the lease leaves behind are kept under iss_quarantine instead of dropped.
  keep_objects boolean NOT NULL,
  -- The owner that an unmasked migration scope works as.
  set_role text,
  state issuer.request_state NOT NULL,
  message text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  decide_by timestamptz,
  decided_at timestamptz,
  -- Break-glass: the review that is owed afterwards.
  reviewed_by text,
  reviewed_at timestamptz,
  review_comment text,
  UNIQUE (person, idempotency_key)
) WITH (fillfactor = 80);
CREATE INDEX request_open ON issuer.request (decide_by) WHERE state IN ('requested', 'approved');
CREATE INDEX request_created ON issuer.request (created_at DESC);

CREATE TABLE issuer.approval (
  request_id uuid NOT NULL REFERENCES issuer.request (id),
  requester text NOT NULL,
  approver text NOT NULL CHECK (approver <> ''),
  decision text NOT NULL CHECK (decision IN ('approve', 'deny')),
  comment text,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- One seat for each person, and never oneself.
  PRIMARY KEY (request_id, approver),
  CHECK (approver <> requester)
);

-- A granted request. No foreign keys here: whoever inserts has just written the request and holds the scope's row.
CREATE TABLE issuer.lease (
  id uuid PRIMARY KEY,
  -- NULL only for a role that was adopted because its own record was gone (restored backups).
  request_id uuid UNIQUE,
  person text NOT NULL,
  scope text NOT NULL,
  scope_hash text,
  database text NOT NULL,
  role_name text NOT NULL UNIQUE,
  role_oid oid NOT NULL,
  -- 16 and newer: the role that created the lease's role, and must drop it.
  creator text,
  delivery issuer.delivery NOT NULL,
  -- Which vault key the role's password and the connect secret derive from, and the verifier's iterations.
  derivation_key text NOT NULL,
  iterations int NOT NULL,
  keep_objects boolean NOT NULL,
  state issuer.lease_state NOT NULL,
  lifetime_seconds int NOT NULL,
  issued_at timestamptz NOT NULL,
  deadline timestamptz NOT NULL,
  ceiling timestamptz NOT NULL,
  disabled_at timestamptz,
  dropped_at timestamptz,
  end_reason text,
  ended_by text,
  -- Direct delivery: when the role's own password was handed out; it never is again.
  handed_out_at timestamptz,
  -- Which issuer works on the end just now, and until when nobody else should.
  claimed_by uuid,
  claimed_until timestamptz
) WITH (fillfactor = 70);
CREATE INDEX lease_due ON issuer.lease (deadline) WHERE state = 'active';
CREATE INDEX lease_ending ON issuer.lease (disabled_at) WHERE state = 'disabled';
CREATE INDEX lease_scope ON issuer.lease (scope_hash) WHERE state <> 'dropped';
CREATE INDEX lease_issued ON issuer.lease (issued_at DESC);

-- The receipts: what happened to a lease after its issue, when, by whom. Never changed, never deleted.
CREATE TABLE issuer.lease_event (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  lease_id uuid NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  kind text NOT NULL CHECK (kind IN ('renewed', 'disabled', 'cleaned', 'dropped', 'adopted', 'missing', 'repaired')),
  who text,
  detail jsonb
);
CREATE INDEX lease_event_lease ON issuer.lease_event (lease_id);

-- Why the end of a lease does not get on. A row is there only while something is wrong.
CREATE TABLE issuer.end_attempt (
  lease_id uuid PRIMARY KEY REFERENCES issuer.lease (id),
  step text NOT NULL CHECK (step IN ('disable', 'evict', 'clean', 'drop')),
  attempts int NOT NULL DEFAULT 1,
  sql_state text NOT NULL,
  message text NOT NULL,
  next text NOT NULL DEFAULT '',
  retry_at timestamptz NOT NULL
);

-- Proxied connections.
CREATE TABLE issuer.session (
  id uuid PRIMARY KEY,
  lease_id uuid NOT NULL REFERENCES issuer.lease (id),
  proxy text NOT NULL,
  client_address text NOT NULL,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  ended_at timestamptz,
  end_reason text,
  killed_by text
);
CREATE INDEX session_open ON issuer.session (proxy) WHERE ended_at IS NULL;
CREATE INDEX session_lease ON issuer.session (lease_id);

CREATE TABLE issuer.api_token (
  id uuid PRIMARY KEY,
  person text NOT NULL,
  name text NOT NULL,
  groups text[] NOT NULL DEFAULT '{}',
  -- Keyed digest of the token; the token itself is shown once and stored nowhere.
  hash bytea NOT NULL UNIQUE,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz,
  revoked_by text,
  last_used_at timestamptz
);

-- Signed heads of the audit chains: cutting a log's tail or writing it anew shows against these.
CREATE TABLE issuer.checkpoint (
  writer text NOT NULL,
  sequence bigint NOT NULL CHECK (sequence >= 0),
  head text NOT NULL,
  signature text NOT NULL,
  public_key text NOT NULL,
  -- As it was signed (RFC 3339 text).
  at text NOT NULL,
  stored_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (writer, sequence)
);

-- Service accounts whose passwords rotate: one role in place, or two in turn.
CREATE TABLE issuer.static_role (
  name text PRIMARY KEY,
  mode text NOT NULL CHECK (mode IN ('in_place', 'alternating')),
  roles text[] NOT NULL,
  -- Which of `roles` is handed out; NULL before the first rotation.
  current text,
  database text NOT NULL,
  every_seconds int NOT NULL CHECK (every_seconds > 0),
  rotated_at timestamptz,
  next_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  attempts int NOT NULL DEFAULT 0,
  sql_state text,
  message text,
  CHECK (cardinality(roles) = CASE mode WHEN 'in_place' THEN 1 ELSE 2 END)
);
