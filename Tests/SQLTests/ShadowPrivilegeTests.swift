import PostgresClient
import TestSupport
import Testing

/// The table "What column privileges plus a shadow view do" of the design's findings, row by row, on every server version.
@Suite struct ShadowPrivilegeTests {
  static let users = """
    CREATE TABLE public.users (
      id int PRIMARY KEY, name text NOT NULL, email text UNIQUE, note text NOT NULL, CONSTRAINT short CHECK (length(note) < 50));
    INSERT INTO public.users SELECT i, 'name' || i, 'canary' || i || '@secret.example', 'n' FROM generate_series(1, 2000) i;
    ANALYZE public.users;
    CREATE TABLE public.copies (id int, text text);
    """

  static func fixture(_ major: Int) throws -> (ScopeFixture, PostgresConnection, String) {
    let fixture = try ScopeFixture(major: major, users)
    let compiled = try fixture.compile(
      fixture.scope(tables: ["public.users": ["select", "insert", "update", "delete"], "public.copies": ["select", "insert"]]),
      ScopeFixture.rules(["public.users.email": "email"]))
    #expect(compiled.refusals == [])
    #expect(compiled.state == "ready")
    return (fixture, try fixture.lease(compiled), try fixture.shadowSchema())
  }

  static let roads = [
    "SELECT email FROM public.users", "SELECT * FROM public.users", "TABLE public.users", "SELECT u FROM public.users u",
    "SELECT u::text FROM public.users u", "SELECT row_to_json(u) FROM public.users u", "SELECT count(email) FROM public.users",
    "SELECT id FROM public.users ORDER BY email", "SELECT id FROM public.users WHERE email LIKE 'c%'",
    "SELECT id FROM public.users GROUP BY id, email", "SELECT a.id FROM public.users a NATURAL JOIN public.users b",
    "SELECT query_to_xml('select email from public.users', true, true, '')",
    "SELECT table_to_xml('public.users', true, true, '')", "SELECT ts_stat('select email::tsvector from public.users')",
    "UPDATE public.users SET note = email", "UPDATE public.users SET note = 'x' WHERE email = 'canary1@secret.example'",
    "UPDATE public.users SET note = 'x' WHERE id = 1 RETURNING *", "DELETE FROM public.users WHERE email IS NOT NULL",
    "DELETE FROM public.users WHERE id = 3 RETURNING email",
    "INSERT INTO public.users (id, name, note) VALUES (0, 'n', 'n') ON CONFLICT (email) DO NOTHING",
    "INSERT INTO public.users (id, name, email, note) VALUES (0, 'n', 'e', 'n')",
    "INSERT INTO public.copies SELECT id, email FROM public.users", "COPY public.users TO STDOUT",
    "COPY (SELECT email FROM public.users) TO STDOUT", "DO $$ BEGIN PERFORM email FROM public.users; END $$",
    "PREPARE p AS SELECT email FROM public.users; EXECUTE p", "EXPLAIN ANALYZE SELECT email FROM public.users",
    "BEGIN; DECLARE c CURSOR FOR SELECT email FROM public.users; FETCH c", "CREATE TEMP TABLE t AS SELECT * FROM public.users",
    "SELECT email INTO TEMP t FROM public.users",
    "SELECT id FROM public.users FOR UPDATE OF users SKIP LOCKED; SELECT email FROM public.users",
    "CREATE TEMP VIEW v AS SELECT email FROM public.users; SELECT * FROM v",
    "CREATE FUNCTION pg_temp.f() RETURNS text LANGUAGE sql AS 'SELECT max(email) FROM public.users'; SELECT pg_temp.f()",
    "CREATE TEMP TABLE r (LIKE public.users); ALTER TABLE r INHERIT public.users",
    "ALTER TABLE public.users ADD COLUMN x text", "CREATE TRIGGER t AFTER UPDATE ON public.users EXECUTE FUNCTION f()",
    "CREATE INDEX ON public.users (email)", "LOCK TABLE public.users IN ACCESS EXCLUSIVE MODE; SELECT email FROM public.users",
    "CREATE TEMP TABLE k (e text REFERENCES public.users (email))", "GRANT SELECT ON public.users TO PUBLIC; TABLE public.users",
    "SELECT secret FROM iss.key", "SELECT iss.shadow_drop()", "SET ROLE iss_mask_owner", "TABLE iss.column_label",
  ]

  @Test(arguments: PostgresServer.majors) func `no statement reaches a masked column through its table`(major: Int) throws {
    let (_, lease, _) = try Self.fixture(major)
    for road in Self.roads {
      let state = scopeState(lease, road)
      _ = try? lease.query("ROLLBACK")
      // 42501, or what PostgreSQL says before it comes to privileges; never success.
      #expect(["42501", "42P16", "42883", "42P01", "42846", "42809"].contains(state), "\(road): \(state ?? "succeeded")")
    }
  }

  @Test(arguments: PostgresServer.majors) func `free columns work as before`(major: Int) throws {
    let (_, lease, _) = try Self.fixture(major)
    #expect(try lease.query("SELECT count(*) FROM public.users").single()[0] == "2000")
    #expect(try lease.query("UPDATE public.users SET note = 'x' WHERE id = 5 RETURNING id, note").single()["note"] == "x")
    #expect(scopeState(lease, "INSERT INTO public.users (id, name, note) VALUES (3000, 'n', 'n')") == nil)
    #expect(try lease.query("DELETE FROM public.users WHERE id = 3000").commandTag == "DELETE 1")
    #expect(try lease.query("SELECT id FROM public.users WHERE id = 7 FOR UPDATE").rows.count == 1)
  }

  @Test(arguments: PostgresServer.majors) func `the shadow shows masked rows by the base's index`(major: Int) throws {
    let (_, lease, shadow) = try Self.fixture(major)
    let row = try lease.query("SELECT * FROM \(shadow).users WHERE id = 5").single()
    #expect(row["email"] == "c***@***.example")
    #expect(row["name"] == "name5")
    let plan = try lease.query("EXPLAIN SELECT * FROM \(shadow).users WHERE id = 5").rows.compactMap { $0[0] }.joined()
    #expect(plan.contains("Index Scan using users_pkey"))
    #expect(try lease.query("SELECT count(*) FROM \(shadow).users WHERE email LIKE '%canary%'").single()[0] == "0")
  }

  @Test(arguments: PostgresServer.majors) func `errors show only what may be seen`(major: Int) throws {
    let (_, lease, _) = try Self.fixture(major)
    for (sql, state) in [
      ("UPDATE public.users SET note = repeat('x', 60) WHERE id = 5", "23514"),
      ("UPDATE public.users SET note = NULL WHERE id = 5", "23502"),
    ] {
      let error = #expect(throws: PostgresError.self) { try lease.query(sql) }
      #expect(error?.sqlState.code == state)
      #expect(error?.detail?.contains("name5") == true)
      #expect(error?.description.contains("canary") == false)
    }
    let error = #expect(throws: PostgresError.self) {
      try lease.query("INSERT INTO public.users (id, name, note) VALUES (1, 'n', 'n')")
    }
    #expect(error?.sqlState.code == "23505")
    #expect(error?.description.contains("canary") == false)
  }

  @Test(arguments: PostgresServer.majors) func `statistics of masked columns are hidden`(major: Int) throws {
    let (_, lease, _) = try Self.fixture(major)
    let columns = try lease.query("SELECT attname FROM pg_stats WHERE tablename = 'users' ORDER BY 1").rows.compactMap { $0[0] }
    #expect(columns == ["id", "name", "note"])
  }

  @Test(arguments: PostgresServer.majors)
  func `the owner may drop a free column once the shadows are away, and a rollback brings them back`(major: Int) throws {
    let (fixture, lease, shadow) = try Self.fixture(major)
    #expect(scopeState(fixture.owner, "ALTER TABLE public.users DROP COLUMN name") == "2BP01")
    try fixture.admin.execute(script: "BEGIN; SELECT iss.shadow_drop(); ROLLBACK")
    #expect(try lease.query("SELECT * FROM \(shadow).users WHERE id = 5").rows.count == 1)
    try fixture.admin.query("SELECT iss.shadow_drop()")
    #expect(scopeState(lease, "SELECT email FROM public.users") == "42501")
    try fixture.owner.query("ALTER TABLE public.users DROP COLUMN name")
    try fixture.admin.query("SELECT iss.shadow_rebuild()")
    #expect(try lease.query("SELECT * FROM \(shadow).users WHERE id = 5").columns == ["id", "email", "note"])
  }
}
