/// A shop whose e-mails are to be masked, and what its next version does to it.
public enum ShopMigration {
  /// Run by the owner.
  public static let tables = """
    CREATE TYPE public.mood AS ENUM ('sad', 'ok');
    CREATE FUNCTION public.shout(words text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT upper(words) || ''!''';
    CREATE TABLE public.users (id int PRIMARY KEY, email text UNIQUE, name text NOT NULL, note text, mood public.mood);
    INSERT INTO public.users SELECT i, 'canary' || i || '@secret.example', 'name' || i, 'n', 'ok' FROM generate_series(1, 500) i;
    CREATE TABLE public.orders (id int PRIMARY KEY, user_id int REFERENCES public.users, total int, obsolete text);
    INSERT INTO public.orders SELECT i, 1 + i % 500, i, 'o' FROM generate_series(1, 500) i;
    CREATE TABLE public.events (id int, at date, email text) PARTITION BY RANGE (at);
    CREATE TABLE public.events_1 PARTITION OF public.events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
    INSERT INTO public.events SELECT i, '2024-05-05', 'canary' || i || '@secret.example' FROM generate_series(1, 100) i;
    CREATE VIEW public.contacts AS SELECT u.id, u.email, public.shout(u.name) AS loud, o.total
      FROM public.users u JOIN public.orders o ON o.user_id = u.id;
    """

  /// A migration as tools write them: statements by themselves, transactions, CONCURRENTLY forms, what a view blocks and what not.
  public static let statements = [
    "ALTER TABLE users ADD COLUMN phone text DEFAULT 'canary-555'", "ALTER TABLE users DROP COLUMN note",
    "CREATE INDEX CONCURRENTLY users_name ON users (name)",
    "BEGIN", "DROP VIEW contacts", "ALTER TABLE users ALTER COLUMN name TYPE varchar(90)",
    "ALTER TABLE users ALTER COLUMN email TYPE varchar(120)",
    "ALTER TABLE orders DROP COLUMN obsolete",
    "ALTER TABLE users ADD COLUMN created_at timestamptz DEFAULT now()",
    "CREATE VIEW contacts AS SELECT u.id, u.email, shout(u.name) AS loud, o.total FROM users u JOIN orders o ON o.user_id = u.id",
    "COMMIT",
    "ALTER TABLE users RENAME COLUMN name TO full_name", "UPDATE users SET full_name = full_name || '!' WHERE id % 50 = 0",
    "CREATE UNIQUE INDEX CONCURRENTLY users_email_lower ON users (lower(email))", "REINDEX TABLE CONCURRENTLY users",
    "DROP INDEX CONCURRENTLY users_name", "ALTER TABLE orders ADD COLUMN state text NOT NULL DEFAULT 'new'",
    "ALTER TABLE orders ADD CONSTRAINT positive CHECK (total >= 0) NOT VALID", "ALTER TABLE orders VALIDATE CONSTRAINT positive",
    "CREATE TABLE tags (id int PRIMARY KEY, word text)", "ALTER TABLE tags ADD COLUMN color text", "DROP TABLE tags",
    "ALTER TYPE mood ADD VALUE IF NOT EXISTS 'glad'", "ALTER TABLE users ALTER COLUMN mood SET DEFAULT 'ok'",
    "BEGIN", "ALTER TABLE users ADD COLUMN mistake int", "ALTER TABLE users DROP COLUMN id CASCADE", "ROLLBACK",
    "CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')",
    "INSERT INTO events VALUES (1000, '2025-02-02', 'canary1000@secret.example')",
    "ALTER TABLE events DETACH PARTITION events_1 CONCURRENTLY",
    "ALTER TABLE events ATTACH PARTITION events_1 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')",
    "CREATE TEMP TABLE users_work AS SELECT id FROM users", "ALTER TABLE users_work ADD COLUMN x int", "DROP TABLE users_work",
    "DO $$ BEGIN ALTER TABLE users ADD COLUMN done boolean; ALTER TABLE users DROP COLUMN done; END $$",
    "DROP FUNCTION shout CASCADE",
    "CREATE FUNCTION shout(words text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT upper(words)'",
    "CREATE OR REPLACE VIEW contacts AS SELECT u.id, u.email FROM users u", "ALTER TABLE users DROP COLUMN created_at",
    "ALTER TABLE users RENAME TO people", "ALTER TABLE people RENAME TO users", "ALTER TABLE users SET (fillfactor = 90)",
    "CREATE STATISTICS users_pair ON id, full_name FROM users", "ANALYZE users", "VACUUM users",
    "ALTER TABLE users ALTER COLUMN email SET NOT NULL", "CREATE MATERIALIZED VIEW totals AS SELECT sum(total) FROM orders",
    "REFRESH MATERIALIZED VIEW totals", "DROP MATERIALIZED VIEW totals", "DROP VIEW contacts",
    "CREATE VIEW contacts AS SELECT u.id, u.email, o.total FROM users u JOIN orders o ON o.user_id = u.id",
  ]
}
