import PostgresClient
import TestSupport
import Testing

/// Equality look-ups of masked columns (sql/shadows/lookup.sql), on every server version.
@Suite struct LookupTests {
  private static let tables = """
    CREATE DOMAIN public.handle AS text CHECK (length(VALUE) < 50);
    CREATE TABLE public.users (
      id int, region char(2), name text NOT NULL, email varchar(80), nick public.handle, code char(10), token uuid, born date,
      PRIMARY KEY (region, id));
    INSERT INTO public.users
    SELECT i, 'at', 'name' || i, 'canary' || i || '@secret.example', 'Nick' || i, 'c' || i, md5(i::text)::uuid, date '2000-01-01'
    FROM generate_series(1, 20000) i;
    CREATE INDEX users_email ON public.users (email);
    CREATE INDEX ON public.users (nick); CREATE INDEX ON public.users (code); CREATE INDEX ON public.users (token);
    ANALYZE public.users;
    """

  private static func rules(_ columns: KeyValuePairs<String, String>, table: String = "users", lookup: Bool = true) throws
    -> String
  {
    let masks = columns.map { column, kind in
      var label = ["schema": "public", "table": table, "column": column, "kind": kind, "rule": "\(column): \(kind)"]
      if lookup { label["lookup"] = "equality" }
      return label
    }
    return try ScopeFixture.json(["masks": masks, "trusted": [String]()] as [String: Any])
  }

  private final class World {
    let fixture: ScopeFixture
    let compiled: ScopeFixture.Compiled
    let lease: PostgresConnection
    let role: String
    let schema: String
    let table: String

    init(_ major: Int) throws {
      fixture = try ScopeFixture(major: major, LookupTests.tables)
      compiled = try fixture.compile(
        fixture.scope(), LookupTests.rules(["email": "email", "nick": "partial", "code": "redact", "token": "hash"]))
      #expect(compiled.refusals == [])
      lease = try fixture.lease(compiled)
      role = try lease.query("SELECT session_user::text AS role").single().string("role")
      schema = try fixture.shadowSchema()
      table = try fixture.admin.query("SELECT 'public.users'::regclass::oid::text AS oid").single().string("oid")
    }

    /// What the proxy would make for this value.
    func code(_ column: Int, _ value: String, role: String? = nil) throws -> String {
      try fixture.admin.query(
        "SELECT encode(iss.hmac(iss.lookup_key($1), convert_to($2, 'UTF8')), 'hex') AS code",
        [role ?? self.role, "\(table) \(column) \(value)"]
      ).single().string("code")
    }

    func call(_ column: Int, _ value: String, code: String, type: String = "text") -> String {
      "SELECT key2 FROM \(schema).iss_lookup_\(table)_\(column)('\(value)'::\(type), '\\x\(code)')"
    }
  }

  @Test(arguments: PostgresServer.majors) func `the HMAC is that of RFC 4231`(major: Int) throws {
    let fixture = try ScopeFixture(major: major, "")
    let row = try fixture.admin.query(
      """
      SELECT encode(iss.hmac(decode(repeat('0b', 20), 'hex'), 'Hi There'), 'hex') AS first,
             encode(iss.hmac('Jefe', 'what do ya want for nothing?'), 'hex') AS second
      """
    ).single()
    #expect(row["first"] == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")
    #expect(row["second"] == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
  }

  @Test(arguments: PostgresServer.majors) func `a right code answers the keys of the rows, for each type that may be asked`(
    major: Int
  )
    throws
  {
    let world = try World(major)
    for (column, value, asText, type) in [
      (4, "canary77@secret.example", "canary77@secret.example", "text"), (5, "Nick9", "Nick9", "text"),
      (6, "c5   ", "c5", "pg_catalog.bpchar"),
      (7, "C4CA4238-A0B9-2382-0DCC-509A6F75849B", "c4ca4238-a0b9-2382-0dcc-509a6f75849b", "uuid"),
    ] {
      let found = try world.lease.query(world.call(column, value, code: world.code(column, asText), type: type)).rows
      #expect(found.map { $0[0] } == [["77", "9", "5", "1"][column - 4]])
    }
    #expect(try world.lease.query(world.call(4, "nobody", code: world.code(4, "nobody"))).rows.isEmpty)
  }

  @Test(arguments: PostgresServer.majors) func `which page of the index was read is told by no lock`(major: Int) throws {
    let world = try World(major)
    let value = "canary77@secret.example"
    let question = world.call(4, value, code: try world.code(4, value))
    #expect(scopeState(world.lease, "BEGIN ISOLATION LEVEL SERIALIZABLE; \(question)") == "0A000")
    try world.lease.execute(script: "ROLLBACK; BEGIN ISOLATION LEVEL REPEATABLE READ; \(question)")
    #expect(try world.lease.query("SELECT count(*) FROM pg_locks WHERE page IS NOT NULL").single()[0] == "0")
    try world.lease.execute("ROLLBACK")
  }

  @Test(arguments: PostgresServer.majors) func `called by hand it is no oracle`(major: Int) throws {
    let world = try World(major)
    let value = "canary77@secret.example"
    let right = try world.code(4, value)
    let other = try world.fixture.lease(world.compiled)
    let forged = [
      "another value": world.call(4, "canary78@secret.example", code: right),
      "another column": world.call(5, value, code: right),
      "another lease's code": world.call(4, value, code: try world.code(4, value, role: "jit_test_somebody")),
      "no code": world.call(4, value, code: ""),
      "a code cut short": world.call(4, value, code: String(right.dropLast(2))),
      "a code made longer": world.call(4, value, code: right + "00"),
      "a value that is not there": world.call(4, "nobody", code: right),
    ]
    var answers: Set<String> = []
    for (what, statement) in forged {
      do {
        _ = try world.lease.query(statement)
        Issue.record("\(what): answered")
      } catch {
        #expect(error.sqlState.code == "42501", "\(what)")
        answers.insert(error.message)
      }
    }
    // Nothing differs between what is there and what is not.
    #expect(answers == ["permission denied for a look-up in public.users"])
    #expect(scopeState(other, world.call(4, value, code: right)) == "42501")
    for statement in [
      "SELECT iss.lookup_key('\(world.role)')", "SELECT iss.lookup_permits(\(world.table), 4, 'x', '\\x00')",
      "SELECT lookup_secret FROM iss.key", "SELECT iss.hmac('a', 'b')",
      "SET ROLE iss_mask_owner", "DROP FUNCTION \(world.schema).iss_lookup_\(world.table)_4",
      "CREATE OR REPLACE FUNCTION \(world.schema).iss_lookup_\(world.table)_4(value text, code bytea) RETURNS int LANGUAGE sql AS 'SELECT 1'",
    ] {
      #expect(scopeState(world.lease, statement) == "42501", "\(statement)")
    }
    // NULL asks nothing.
    #expect(try world.lease.query("SELECT * FROM \(world.schema).iss_lookup_\(world.table)_4('x', NULL)").rows.isEmpty)
  }

  @Test func `a temp table, function or operator of the caller's does not get between`() throws {
    let world = try World(PostgresServer.defaultMajor)
    try world.fixture.owner.execute(script: "GRANT TEMP ON DATABASE \(world.fixture.database) TO PUBLIC")
    try world.lease.execute(
      script: """
        CREATE TEMP TABLE users AS SELECT 0 AS id; CREATE TEMP TABLE key (lookup_secret bytea);
        CREATE FUNCTION pg_temp.lookup_permits(oid, integer, text, bytea) RETURNS boolean LANGUAGE sql AS 'SELECT true';
        CREATE FUNCTION pg_temp.sha256(bytea) RETURNS bytea LANGUAGE sql AS 'SELECT ''''::bytea';
        SET search_path = pg_temp, pg_catalog
        """)
    #expect(scopeState(world.lease, world.call(4, "canary1@secret.example", code: "00")) == "42501")
  }

  @Test(arguments: PostgresServer.majors) func `rows are found by the index of the key, and keys by that of the column`(
    major: Int
  )
    throws
  {
    let world = try World(major)
    let call = world.call(4, "canary77@secret.example", code: try world.code(4, "canary77@secret.example"))
      .replacing("SELECT key2", with: "SELECT *")
    let plan = try world.lease.query(
      "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) SELECT * FROM \(world.schema).users u WHERE (u.region, u.id) IN (\(call))"
    ).rows.compactMap { $0[0] }.joined(separator: "\n")
    #expect(plan.contains("Index Scan using users_pkey"), "\(plan)")
    #expect(!plan.contains("Seq Scan on users"))
    try world.fixture.owner.execute(script: "SET ROLE iss_mask_owner")
    let inner = try world.fixture.owner.query(
      "EXPLAIN SELECT t.region, t.id FROM public.users AS t WHERE t.email OPERATOR(pg_catalog.=) 'canary77@secret.example'::text"
    ).rows.compactMap { $0[0] }.joined(separator: "\n")
    #expect(inner.contains("users_email"), "\(inner)")
  }

  @Test func `what the proxy must know is told, and only of columns that may be asked`() throws {
    let world = try World(PostgresServer.defaultMajor)
    let tables = try world.fixture.admin.query("SELECT iss.masked_tables($1) AS tables", [world.compiled.role]).single()
      .string("tables")
    #expect(tables.contains(#""lookup": {"key": ["region", "id"], "form": "padded", "type": "pg_catalog.bpchar""#))
    #expect(tables.components(separatedBy: #""lookup""#).count == 5)
    #expect(
      try world.fixture.owner.query(
        "SELECT count(*) FROM iss.lookup l WHERE has_function_privilege('public', l.funcid, 'EXECUTE')"
      ).single()[0] == "0")
  }

  @Test func `a look-up goes with its word in policy, and a comment that raises the mask takes it away`() throws {
    let world = try World(PostgresServer.defaultMajor)
    let count = "SELECT count(*) FROM pg_proc WHERE proname LIKE 'iss\\_lookup\\_%'"
    #expect(try world.fixture.admin.query(count).single()[0] == "4")
    try world.fixture.owner.execute(script: "COMMENT ON COLUMN public.users.email IS 'mask: deny'")
    try world.fixture.compile(world.fixture.scope())
    #expect(try world.fixture.admin.query(count).single()[0] == "3")
    let compiled = try world.fixture.compile(
      world.fixture.scope(), Self.rules(["email": "email", "nick": "partial"], lookup: false))
    #expect(compiled.refusals == [])
    #expect(try world.fixture.admin.query(count).single()[0] == "0")
  }

  @Test func `a function that somebody changed refuses the scope, and the next compilation makes it anew`() throws {
    let world = try World(PostgresServer.defaultMajor)
    let function = "\(world.schema).iss_lookup_\(world.table)_4"
    try world.fixture.owner.execute(
      script: """
        CREATE OR REPLACE FUNCTION \(function)(value text, code bytea) RETURNS TABLE (key1 pg_catalog.bpchar, key2 pg_catalog.int4)
        LANGUAGE sql SECURITY DEFINER AS 'SELECT region, id FROM public.users WHERE email = value'
        """)
    let checked = try world.fixture.check(world.compiled.role)
    #expect(checked.state == "refused")
    #expect(checked.finding("lookup")?.reason.contains("was changed") == true)
    #expect(checked.finding("definer_function") != nil)
    #expect(try world.fixture.compile(world.fixture.scope()).refusals == [])
    #expect(scopeState(world.lease, world.call(4, "canary1@secret.example", code: "00")) == "42501")
  }

  @Test(arguments: [
    ("born date, id int PRIMARY KEY", "born", "few values"), ("pin int, id int PRIMARY KEY", "pin", "few values"),
    ("ok boolean, id int PRIMARY KEY", "ok", "few values"), ("tags text[], id int PRIMARY KEY", "tags", "few values"),
    ("email text, id int", "email", "no primary key"), ("email text PRIMARY KEY, id int", "email", "no primary key"),
    ("email text, id int UNIQUE", "email", "no primary key"),
  ])
  func `a column whose look-up would be a dictionary or would find the wrong rows refuses the scope`(
    columns: String, column: String, why: String
  ) throws {
    let fixture = try ScopeFixture("CREATE TABLE public.odd (\(columns))")
    let compiled = try fixture.compile(fixture.scope(), Self.rules([column: "redact"], table: "odd"))
    #expect(compiled.state == "refused")
    #expect(compiled.findings.contains { $0.kind == "lookup" && $0.severity == "refuse" && $0.reason.contains(why) })
  }

  @Test func `a column without an index is warned of, and children of inheritance are refused`() throws {
    let slow = try ScopeFixture("CREATE TABLE public.odd (id int PRIMARY KEY, email text)")
    let compiled = try slow.compile(slow.scope(), Self.rules(["email": "email"], table: "odd"))
    #expect(compiled.state == "ready")
    #expect(compiled.finding("lookup")?.cure == "CREATE INDEX ON public.odd (email);")
    let parent = try ScopeFixture(
      "CREATE TABLE public.odd (id int PRIMARY KEY, email text); CREATE TABLE public.child () INHERITS (public.odd)")
    #expect(try parent.compile(parent.scope(), Self.rules(["email": "email"], table: "odd")).state == "refused")
  }

  @Test func `a migration is not held up, and the look-up is back after it`() throws {
    let world = try World(PostgresServer.defaultMajor)
    try world.fixture.owner.execute(script: "ALTER TABLE public.users RENAME COLUMN id TO number")
    _ = try world.fixture.admin.query("SELECT * FROM iss.shadow_rebuild()")
    let found = try world.lease.query(world.call(4, "canary7@secret.example", code: world.code(4, "canary7@secret.example")))
      .single()
    #expect(found[0] == "7")
    #expect(try world.fixture.check(world.compiled.role).refusals == [])
  }
}
