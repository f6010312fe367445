import PostgresClient
import TestSupport
import Testing

/// Writing masked columns: never by default; where the scope says `writeMasked`, written and still not read.
@Suite struct ScopeWriteTests {
  static let users = """
    CREATE TABLE public.users (
      id int PRIMARY KEY, name text NOT NULL DEFAULT 'n', email text UNIQUE CHECK (email LIKE '%@%'), token text,
      note text CONSTRAINT short CHECK (length(note) < 50));
    INSERT INTO public.users SELECT i, 'name' || i, 'canary' || i || '@secret.example', 'canary', 'n' FROM generate_series(1, 5) i;
    """
  static let masks: KeyValuePairs = ["public.users.email": "email", "public.users.token": "deny"]
  static let writes = ["select", "insert", "update", "delete"]

  private func fixture(_ major: Int = PostgresServer.defaultMajor, writeMasked: Bool, _ more: String = "") throws -> (
    ScopeFixture, ScopeFixture.Compiled
  ) {
    let fixture = try ScopeFixture(major: major, Self.users + more)
    let scope = try fixture.scope(tables: ["public.users": Self.writes], writeMasked: writeMasked)
    return (fixture, try fixture.compile(scope, ScopeFixture.rules(Self.masks)))
  }

  @Test func `masked columns are not written by default`() throws {
    let (fixture, compiled) = try fixture(writeMasked: false)
    let lease = try fixture.lease(compiled)
    for write in [
      "INSERT INTO public.users (id, email) VALUES (9, 'a@b')", "UPDATE public.users SET email = 'a@b' WHERE id = 1",
      "UPDATE public.users SET email = DEFAULT WHERE id = 1", "COPY public.users (id, email) FROM STDIN",
    ] { #expect(scopeState(lease, write) == "42501", "\(write)") }
  }

  @Test(arguments: PostgresServer.majors) func `where the scope says so they are written, and still not read`(major: Int) throws {
    let (fixture, compiled) = try fixture(major, writeMasked: true)
    #expect(compiled.refusals == [])
    let lease = try fixture.lease(compiled)
    for write in [
      "INSERT INTO public.users (id, email) VALUES (9, 'new@b.example')",
      "UPDATE public.users SET email = 'fresh@b.example' WHERE id = 1",
      "UPDATE public.users SET email = NULL WHERE id = 2 RETURNING id, note",
      "INSERT INTO public.users (id, email) VALUES (9, 'x@y') ON CONFLICT (id) DO UPDATE SET email = 'x@y'",
    ] { #expect(scopeState(lease, write) == nil, "\(write)") }
    #expect(try fixture.owner.query("SELECT email FROM public.users WHERE id = 1").single()[0] == "fresh@b.example")
    for road in [
      "UPDATE public.users SET email = email || 'x'", "UPDATE public.users SET note = email", "SELECT email FROM public.users",
      "UPDATE public.users SET email = 'a@b' WHERE email LIKE 'c%'",
      "INSERT INTO public.users (id, email) VALUES (10, 'a@b') RETURNING email",
      "INSERT INTO public.users (id, email) VALUES (10, 'a@b') ON CONFLICT (email) DO NOTHING",
      "INSERT INTO public.users (id, email) VALUES (9, 'a@b') ON CONFLICT (id) DO UPDATE SET note = users.email",
      // PostgreSQL asks for SELECT of what is read from EXCLUDED.
      "INSERT INTO public.users (id, email) VALUES (9, 'x@y') ON CONFLICT (id) DO UPDATE SET email = EXCLUDED.email",
      "UPDATE public.users SET email = (SELECT max(u.email) FROM public.users u)", "UPDATE public.users SET token = 'x'",
      "INSERT INTO public.users (id, token) VALUES (10, 'x')", "COPY public.users (email) TO STDOUT",
    ] { #expect(scopeState(lease, road) == "42501", "\(road)") }
    // Errors tell what the lease wrote, and nothing that was there.
    let unique = #expect(throws: PostgresError.self) {
      try lease.query("UPDATE public.users SET email = 'canary3@secret.example' WHERE id = 4")
    }
    #expect(unique?.sqlState.code == "23505")
    #expect(unique?.detail == nil)
    let check = #expect(throws: PostgresError.self) { try lease.query("UPDATE public.users SET email = 'without' WHERE id = 4") }
    #expect(check?.sqlState.code == "23514")
    #expect(check?.description.contains("canary") == false)
    let other = #expect(throws: PostgresError.self) {
      try lease.query("UPDATE public.users SET note = repeat('x', 60) WHERE id = 4")
    }
    #expect(other?.description.contains("canary") == false)
  }

  @Test func `that an update lets old values be guessed is a warning, and an insert alone does not`() throws {
    let (fixture, compiled) = try fixture(writeMasked: true)
    let finding = try #require(compiled.finding("guessed_update"))
    #expect(finding.severity == "warn" && finding.object == "public.users" && finding.reason.contains("(email)"))
    let inserting = try fixture.scope("inserting", tables: ["public.users": ["select", "insert"]], writeMasked: true)
    #expect(try fixture.compile(inserting).finding("guessed_update") == nil)
    #expect(try fixture.compile(fixture.scope("narrow", tables: ["public.users": Self.writes])).finding("guessed_update") == nil)
    // Why: each leading letter that is right saves a byte of what is logged.
    let lease = try fixture.lease(compiled)
    func logged(_ guess: String) throws -> Int {
      // A page's first change after a checkpoint is logged whole.
      try (0..<3).map { _ in
        try lease.execute(script: "BEGIN; UPDATE public.users SET note = 'x' WHERE id = 4")
        defer { _ = try? lease.execute(script: "ROLLBACK") }
        let plan = try lease.query("EXPLAIN (ANALYZE, WAL, FORMAT json) UPDATE public.users SET email = '\(guess)' WHERE id = 4")
        let text = try #require(plan.single()[0])
        let bytes = try #require(text.firstMatch(of: /"WAL Bytes": ([0-9]+)/))
        return try #require(Int(bytes.1))
      }.min() ?? 0
    }
    #expect(try logged("canary4xxxxxxxxxxxxxx@") == logged("zzzzzzzxxxxxxxxxxxxxx@") - 7)
  }

  @Test func `a column that nobody knows yet is not written either`() throws {
    let (fixture, compiled) = try fixture(writeMasked: true)
    try fixture.owner.query("ALTER TABLE public.users ADD COLUMN phone text")
    try fixture.admin.query("SELECT iss.shadow_rebuild()")
    #expect(scopeState(try fixture.lease(compiled), "UPDATE public.users SET phone = '1'") == "42501")
  }

  @Test func `a trigger that puts an old value back would have it printed, and refuses the scope`() throws {
    let revert = """
      CREATE FUNCTION public.keep() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS
        'BEGIN NEW.email := OLD.email; RETURN NEW; END';
      CREATE TRIGGER keep BEFORE UPDATE ON public.users FOR EACH ROW EXECUTE FUNCTION public.keep();
      """
    let (fixture, compiled) = try fixture(writeMasked: true, revert)
    #expect(compiled.refusals == ["writing_trigger public.keep()"])
    // Why: the hole itself.
    let error = #expect(throws: PostgresError.self) {
      try fixture.lease(compiled).query("UPDATE public.users SET email = 'a@b', note = repeat('x', 60) WHERE id = 4")
    }
    #expect(error?.description.contains("canary4") == true)
    // Who may not write the column is told nothing, and has no finding.
    let narrow = try fixture.compile(fixture.scope("narrow", tables: ["public.users": Self.writes]))
    #expect(narrow.refusals == [])
    let closed = #expect(throws: PostgresError.self) {
      try fixture.lease(narrow).query("UPDATE public.users SET note = repeat('x', 60) WHERE id = 4")
    }
    #expect(closed?.description.contains("canary") == false)
  }
}
