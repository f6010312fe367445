import PostgresClient
import TestSupport
import Testing

/// Row locks through shadows: for who may update the table, and nothing written by it (sql/shadows/locking.sql).
@Suite struct ShadowLockTests {
  static let users = """
    CREATE TABLE public.users (
      id int PRIMARY KEY, name text NOT NULL, email text UNIQUE CHECK (email LIKE '%@%'), phones text[], token text,
      note text NOT NULL CONSTRAINT short CHECK (length(note) < 50));
    INSERT INTO public.users SELECT i, 'name' || i, 'canary' || i || '@secret.example', ARRAY['canary0555'], 'canary', 'n'
    FROM generate_series(1, 20) i;
    CREATE VIEW public.contacts AS SELECT id, name, email FROM public.users;
    CREATE TABLE public.copies (id int, text text);
    """
  static let masks: KeyValuePairs = [
    "public.users.email": "hash", "public.users.phones": "last4", "public.users.token": "redact",
  ]
  static let clauses = [
    "FOR UPDATE", "FOR NO KEY UPDATE", "FOR SHARE", "FOR KEY SHARE", "FOR UPDATE OF users", "FOR UPDATE NOWAIT",
    "FOR SHARE SKIP LOCKED", "FOR KEY SHARE OF users NOWAIT",
  ]

  static func fixture(
    _ major: Int = PostgresServer.defaultMajor, _ grants: [String] = ["select", "insert", "update", "delete"],
    writeMasked: Bool = false, more: String = ""
  ) throws -> (ScopeFixture, PostgresConnection, String) {
    let fixture = try ScopeFixture(major: major, users + more)
    let compiled = try fixture.compile(
      fixture.scope(tables: ["public.users": grants, "public.c*": ["select"]], writeMasked: writeMasked),
      ScopeFixture.rules(masks))
    // That a lease which writes what hashes show can compare them is another matter.
    #expect(compiled.refusals.filter { !$0.hasPrefix("guessed_hash") } == [])
    return (fixture, try fixture.lease(compiled), try fixture.shadowSchema())
  }

  @Test(arguments: PostgresServer.majors) func `who may update a table locks its rows through the shadow`(major: Int) throws {
    let (fixture, lease, shadow) = try Self.fixture(major)
    for clause in Self.clauses {
      try lease.execute(script: "BEGIN")
      let row = try lease.query("SELECT * FROM \(shadow).users WHERE id = 5 \(clause)").single()
      #expect(row["name"] == "name5" && row["email"]?.count == 32 && row["phones"] == "{****0555}" && row["token"] == "***")
      // An application that would change the row's key is held up, and one that changes another row is not.
      #expect(scopeState(fixture.owner, "SELECT FROM public.users WHERE id = 5 FOR UPDATE NOWAIT") == "55P03", "\(clause)")
      #expect(scopeState(fixture.owner, "SELECT FROM public.users WHERE id = 6 FOR UPDATE NOWAIT") == nil, "\(clause)")
      try lease.execute(script: "ROLLBACK")
    }
    try lease.execute(script: "SET search_path = \(shadow), public")
    #expect(try lease.query("SELECT u.*, 1 FROM users u JOIN copies c USING (id) FOR UPDATE OF u").rows.isEmpty)
    // Views of the lease's own go the same way.
    try lease.execute(script: "CREATE TEMP VIEW mine AS SELECT * FROM users")
    #expect(try lease.query("SELECT * FROM mine WHERE id = 5 FOR UPDATE").single()["token"] == "***")
    // Copies of the application's views are for reading, and LOCK TABLE is what it was.
    #expect(scopeState(lease, "SELECT * FROM contacts FOR UPDATE") == "42501")
    #expect(scopeState(lease, "BEGIN; LOCK TABLE users IN ACCESS SHARE MODE; ROLLBACK") == nil)
    for mode in ["ROW SHARE", "ROW EXCLUSIVE", "SHARE UPDATE EXCLUSIVE", "SHARE", "EXCLUSIVE", "ACCESS EXCLUSIVE"] {
      #expect(scopeState(lease, "BEGIN; LOCK TABLE users IN \(mode) MODE") == "42501", "\(mode)")
      try lease.execute(script: "ROLLBACK")
    }
  }

  @Test(arguments: PostgresServer.majors) func `who waited for a row reads what was committed, masked`(major: Int) async throws {
    let (fixture, lease, shadow) = try Self.fixture(major)
    let sql = "SELECT id, name, email, phones, note FROM \(shadow).users WHERE note = 'n' AND id < 3 ORDER BY id FOR UPDATE"
    let before = try lease.query(sql).rows
    // The one is changed, the other changed so that the condition is false.
    try fixture.owner.execute(
      script: """
        BEGIN;
        UPDATE public.users SET name = 'Ann', email = 'canary@new.example', phones = '{canary0777}' WHERE id = 1;
        UPDATE public.users SET note = 'gone' WHERE id = 2
        """)
    let (server, database, role) = (fixture.server, fixture.database, try lease.query("SELECT current_user").single()[0] ?? "")
    let waiting = Task.detached {
      try server.connect(user: role, password: ScopeFixture.leasePassword, database: database).query(sql).rows.map { row in
        (0..<5).map { row[$0] ?? "" }
      }
    }
    let watcher = try server.connect()
    try eventually("the lease waits") {
      try watcher.query(
        "SELECT count(*)::int AS n FROM pg_stat_activity WHERE usename = $1 AND wait_event_type = 'Lock'", [role]
      ).single().integer("n") == 1
    }
    try fixture.owner.execute(script: "COMMIT")
    let rows = try await waiting.value
    #expect(rows.count == 1)
    #expect(rows[0][1] == "Ann" && rows[0][3] == "{****0777}")
    #expect(rows[0][2] != before[0][2] && rows[0][2].count == 32)
    #expect(try lease.query(sql).rows.map { $0[2] } == [rows[0][2]])
    #expect(!rows.joined().joined().contains("canary"))
  }

  @Test(arguments: PostgresServer.majors) func `nothing is written through a shadow`(major: Int) throws {
    let (fixture, lease, shadow) = try Self.fixture(major, writeMasked: major % 2 == 0)
    func digest() throws -> String? {
      try fixture.owner.query("SELECT md5(string_agg(u::text, ',' ORDER BY id)) FROM public.users u").single()[0]
    }
    let before = try digest()
    try lease.execute(script: "CREATE TEMP VIEW mine AS SELECT * FROM \(shadow).users")
    func expectRefused() throws {
      for road in Self.writes(shadow) {
        let state = scopeState(lease, road)
        _ = try? lease.query("ROLLBACK")
        #expect(["42501", "0A000", "42601", "42809", "42P17", "55000"].contains(state), "\(road): \(state ?? "succeeded")")
      }
      #expect(try digest() == before)
    }
    try expectRefused()
    // Not even by whom somebody gave more of the shadow than that.
    let role = try lease.query("SELECT quote_ident(current_user)").single()[0] ?? ""
    try fixture.owner.execute(script: "GRANT INSERT, UPDATE, DELETE ON \(shadow).users, \(shadow).contacts TO \(role)")
    try expectRefused()
  }

  /// What would write by the column that locks ask for, by others, and by what else takes UPDATE for a pretext.
  private static func writes(_ shadow: String) -> [String] {
    let users = "\(shadow).users"
    return [
      "UPDATE \(users) SET email = 'x@y'", "UPDATE \(users) SET email = DEFAULT", "UPDATE \(users) SET email = email",
      "UPDATE \(users) SET (email) = ROW('x@y')", "UPDATE \(users) SET name = 'x'",
      "UPDATE \(users) SET name = 'x', email = 'x@y'",
      "UPDATE \(users) SET note = token RETURNING *", "UPDATE \(users) SET phones[1] = 'x'", "UPDATE \(users) SET token = NULL",
      "WITH w AS (UPDATE \(users) SET email = 'x@y' RETURNING *) SELECT * FROM w",
      "WITH w AS (UPDATE \(users) SET note = 'x' RETURNING *) SELECT * FROM w",
      "INSERT INTO \(users) (id, name, note) VALUES (90, 'n', 'n')",
      "INSERT INTO \(users) (id, name, note) VALUES (1, 'n', 'n') ON CONFLICT (id) DO UPDATE SET note = 'x'",
      "INSERT INTO \(users) (id, email) VALUES (1, 'x@y') ON CONFLICT DO NOTHING",
      "DELETE FROM \(users)", "DELETE FROM \(users) WHERE id = 1 RETURNING *",
      "MERGE INTO \(users) u USING (VALUES (1)) v (i) ON u.id = i WHEN MATCHED THEN UPDATE SET email = 'x@y'",
      "MERGE INTO \(users) u USING (VALUES (1)) v (i) ON u.id = i WHEN MATCHED THEN UPDATE SET note = 'x'",
      "MERGE INTO \(users) u USING (VALUES (1)) v (i) ON u.id = i WHEN MATCHED THEN DELETE",
      "MERGE INTO \(users) u USING (VALUES (91)) v (i) ON u.id = i WHEN NOT MATCHED THEN INSERT (id, name, note) VALUES (i, 'n', 'n')",
      "UPDATE mine SET email = 'x@y'", "UPDATE mine SET name = 'x'", "DELETE FROM mine",
      "UPDATE \(shadow).contacts SET email = 'x@y'", "UPDATE \(shadow).contacts SET name = 'x'",
      "DELETE FROM \(shadow).contacts",
      "BEGIN; DECLARE c CURSOR FOR SELECT * FROM \(users) FOR UPDATE; FETCH c; UPDATE \(users) SET email = 'x@y' WHERE CURRENT OF c",
      "BEGIN; DECLARE c CURSOR FOR SELECT * FROM \(users) FOR UPDATE; FETCH c; UPDATE \(users) SET note = 'x' WHERE CURRENT OF c",
      "BEGIN; DECLARE c CURSOR FOR SELECT * FROM \(users) FOR UPDATE; FETCH c; UPDATE public.users SET note = email WHERE CURRENT OF c",
      "DO $$ BEGIN UPDATE \(users) SET note = 'x'; END $$", "TRUNCATE \(users)",
      "BEGIN; LOCK TABLE \(users) IN ROW EXCLUSIVE MODE; LOCK TABLE \(users) IN EXCLUSIVE MODE; UPDATE \(users) SET email = 'x@y'",
      "CREATE RULE r AS ON UPDATE TO \(users) DO INSTEAD DELETE FROM public.users",
      "CREATE TRIGGER t INSTEAD OF UPDATE ON \(users) FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
      "ALTER VIEW \(users) ALTER COLUMN email SET DEFAULT 'x@y'",
    ]
  }

  @Test(arguments: [["select"], ["select", "insert", "delete"]])
  func `who may not update the table locks nothing`(grants: [String]) throws {
    let (fixture, lease, shadow) = try Self.fixture(PostgresServer.defaultMajor, grants)
    for clause in Self.clauses {
      #expect(scopeState(lease, "SELECT id FROM \(shadow).users \(clause)") == "42501", "\(clause)")
      #expect(scopeState(lease, "SELECT id FROM public.users \(clause)") == "42501", "\(clause)")
    }
    #expect(try updates(fixture) == [])
  }

  /// What iss_mask_owner may update.
  private func updates(_ fixture: ScopeFixture) throws -> [String] {
    try fixture.admin.query(
      """
      SELECT concat(c.relname, '.', (SELECT x.attname FROM pg_attribute x WHERE x.attrelid = a.objid AND x.attnum = a.attnum))
      FROM iss.scope_actual('iss_mask_owner'::regrole) a JOIN pg_class c ON c.oid = a.objid AND c.relowner = 'shop'::regrole
      WHERE a.class = 'relation' AND a.privilege = 'UPDATE' ORDER BY 1
      """
    ).rows.compactMap { $0[0] }
  }

  @Test(arguments: PostgresServer.majors)
  func `the shadows' owner may update one masked column, as long as a scope locks by it`(major: Int) throws {
    let fixture = try ScopeFixture(major: major, Self.users)
    let rules = try ScopeFixture.rules(Self.masks)
    try fixture.compile(fixture.scope("read"), rules)
    #expect(try updates(fixture) == [])
    let writer = try fixture.scope("write", tables: ["public.users": ["select", "update"]])
    let compiled = try fixture.compile(writer)
    #expect(try updates(fixture) == ["users.email"])
    let column =
      "SELECT string_agg(column_name || ' ' || is_updatable, ',') FROM information_schema.column_privileges "
      + "JOIN information_schema.columns USING (table_schema, table_name, column_name) WHERE table_schema LIKE 'iss_m_%' "
      + "AND privilege_type = 'UPDATE' AND grantee = '\(compiled.role)'"
    #expect(try fixture.owner.query(column).single()[0] == "email NO")
    // What else somebody gave it is taken.
    try fixture.owner.execute(script: "GRANT UPDATE (name, token), DELETE ON public.users TO iss_mask_owner")
    try fixture.admin.query("SELECT iss.shadow_rebuild()")
    #expect(try updates(fixture) == ["users.email"])
    #expect(try fixture.check(compiled.role).refusals == [])
    // A shadow that is made again has its locks again.
    try fixture.admin.query("SELECT iss.shadow_drop()")
    try fixture.admin.query("SELECT iss.shadow_rebuild()")
    #expect(try fixture.owner.query(column).single()[0] == "email NO")
    // Another column stands in when the label goes; without labels none.
    try fixture.compile(writer, ScopeFixture.rules(["public.users.token": "redact"]))
    #expect(try updates(fixture) == ["users.token"])
    try fixture.admin.execute(script: "BEGIN")
    try fixture.compile(writer, ScopeFixture.rules([:]))
    #expect(try updates(fixture) == [])
    try fixture.admin.execute(script: "ROLLBACK")
    // The last scope that locks takes it along.
    try fixture.admin.query("SELECT iss.scope_release($1)", [compiled.role])
    #expect(try updates(fixture) == [])
  }

  @Test func `a privilege of the shadows' owner that the issuer cannot take refuses the scope`() throws {
    let fixture = try ScopeFixture(Self.users)
    let compiled = try fixture.compile(
      fixture.scope(tables: ["public.users": ["select", "update"]]), ScopeFixture.rules(Self.masks))
    try fixture.owner.execute(
      script: """
        CREATE ROLE helpful_\(fixture.database); SET ROLE shop;
        GRANT UPDATE ON public.users TO helpful_\(fixture.database) WITH GRANT OPTION;
        RESET ROLE; SET ROLE helpful_\(fixture.database); GRANT UPDATE (note) ON public.users TO iss_mask_owner; RESET ROLE
        """)
    try fixture.admin.query("SELECT iss.shadow_rebuild()")
    #expect(try fixture.check(compiled.role).refusals == ["mask_owner iss_mask_owner on public.users (UPDATE)"])
  }

  @Test(arguments: PostgresServer.majors)
  func `row-level security lets the same rows be locked through the shadow as through the table`(major: Int) throws {
    let (fixture, lease, shadow) = try Self.fixture(
      major,
      more: """
        ALTER TABLE public.users ENABLE ROW LEVEL SECURITY;
        CREATE POLICY seen ON public.users FOR SELECT USING (id <= 10);
        CREATE POLICY changed ON public.users FOR UPDATE USING (id % 2 = 0)
        """)
    func rows(_ sql: String) throws -> [String] { try lease.query(sql).rows.compactMap { $0[0] } }
    #expect(try rows("SELECT id FROM \(shadow).users ORDER BY id") == (1...10).map(String.init))
    let locked = ["2", "4", "6", "8", "10"]
    #expect(try rows("SELECT id FROM public.users ORDER BY id FOR UPDATE") == locked)
    #expect(try rows("SELECT id FROM \(shadow).users ORDER BY id FOR UPDATE") == locked)
    _ = fixture
  }

  @Test(arguments: PostgresServer.majors) func `partitions, children, denied columns and other schemas have their locks`(
    major: Int
  ) throws {
    let fixture = try ScopeFixture(
      major: major,
      """
      CREATE TABLE public.events (id int, at date, email text) PARTITION BY RANGE (at);
      CREATE TABLE public.events_24 PARTITION OF public.events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
      INSERT INTO public.events VALUES (1, '2024-02-02', 'canary@secret.example');
      CREATE TABLE public.parent (id int, email text); CREATE TABLE public.child (more int) INHERITS (public.parent);
      INSERT INTO public.child VALUES (1, 'canary@secret.example', 2);
      CREATE TABLE public.closed (id int, secret text, upper_secret text GENERATED ALWAYS AS (upper(secret)) STORED);
      INSERT INTO public.closed VALUES (1, 'canary');
      CREATE SCHEMA app; CREATE TABLE app.users (id int, email text); INSERT INTO app.users VALUES (1, 'canary@secret.example');
      CREATE TABLE public.hidden (email text);
      """)
    let compiled = try fixture.compile(
      fixture.scope(tables: ["*.*": ["select", "update"]]),
      ScopeFixture.rules([
        "public.events.email": "email", "public.parent.email": "partial", "public.closed.secret": "deny",
        "app.users.email": "null",
        "public.hidden.email": "redact",
      ]))
    #expect(compiled.refusals == [])
    let lease = try fixture.lease(compiled)
    let shadow = try fixture.shadowSchema()
    for table in [
      "\(shadow).events", "\(shadow).events_24", "\(shadow).parent", "\(shadow).child",
      "\(try fixture.shadowSchema("app")).users",
    ] {
      let rows = try lease.query("SELECT * FROM \(table) FOR UPDATE").rows
      #expect(rows.count == 1 && rows[0]["email"]?.contains("canary") != true, "\(table)")
    }
    #expect(try lease.query("SELECT id, upper_secret FROM \(shadow).closed FOR UPDATE").rows.count == 1)
    #expect(scopeState(lease, "SELECT * FROM \(shadow).closed FOR UPDATE") == "42501")
    // A table of which the scope updates no column is not locked either.
    #expect(scopeState(lease, "SELECT * FROM \(shadow).hidden FOR UPDATE") == "42501")
    #expect(try lease.query("SELECT * FROM \(shadow).hidden").rows.isEmpty)
  }
}
