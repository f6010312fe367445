import PostgresClient
import TestSupport
import Testing

/// Masked copies of the application's views (sql/shadows/views.sql): what they show, and which views cannot have one.
@Suite struct ShadowViewTests {
  static let tables = """
    CREATE TABLE public.users (id int PRIMARY KEY, email text, name text);
    INSERT INTO public.users SELECT i, 'canary' || i || '@secret.example', 'name' || i FROM generate_series(1, 5) i;
    CREATE TABLE public.city (id int, name text); INSERT INTO public.city VALUES (1, 'Bree');
    CREATE SCHEMA other; CREATE TABLE other.users (id int, mail text);
    CREATE TABLE other.people (id int PRIMARY KEY, phone text); INSERT INTO other.people VALUES (1, 'canary-5551234567');
    CREATE TABLE other.coded (code text PRIMARY KEY, name text);
    CREATE TABLE other.notes (day date, n int, author text, "the ""text" text, doc json, PRIMARY KEY (day, n));
    INSERT INTO other.notes VALUES ('2026-01-02', 1, 'canary', 'words', '{}'), ('2026-01-02', 2, 'canary', 'more', '{}');
    CREATE FUNCTION public.shout(words text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT upper(words) || ''!''';

    """
  static let masks: KeyValuePairs = [
    "public.users.email": "email", "other.users.mail": "redact", "other.people.phone": "last4",
    "other.coded.code": "redact", "other.notes.author": "partial",
  ]

  static func fixture(_ views: String, major: Int = PostgresServer.defaultMajor) throws -> (ScopeFixture, ScopeFixture.Compiled) {
    let fixture = try ScopeFixture(major: major, tables + views)
    return (
      fixture, try fixture.compile(fixture.scope(tables: ["*.*": ["select", "insert", "update"]]), ScopeFixture.rules(masks))
    )
  }

  /// Each text with `{v}` as `v` and its number.
  private static func numbered(_ views: [String]) -> String {
    views.enumerated().map { $1.replacing("{v}", with: "v\($0)") }.joined(separator: ";\n")
  }

  /// A view's text (`{v}` is its name), and the first row of its copy as text.
  static let shown: KeyValuePairs = [
    "VIEW public.{v} AS SELECT id, email, name FROM public.users ORDER BY id": "(1,c***@***.example,name1)",
    "VIEW public.{v} WITH (security_barrier) AS SELECT u.email, public.shout(u.email), c.name FROM public.users u JOIN public.city c USING (id)":
      "(c***@***.example,C***@***.EXAMPLE!,Bree)",
    "VIEW public.{v} AS SELECT u::text AS t, row_to_json(u) FROM public.users u ORDER BY id":
      #"("(1,c***@***.example,name1)","{""id"":1,""email"":""c***@***.example"",""name"":""name1""}")"#,
    "VIEW public.{v} AS SELECT u.email, p.phone FROM public.users u JOIN other.people p USING (id)":
      "(c***@***.example,****4567)",
    "VIEW public.{v} AS SELECT id, email FROM public.users WHERE id = 3 WITH CASCADED CHECK OPTION": "(3,c***@***.example)",
    """
    RECURSIVE VIEW public.{v} (n, e) AS SELECT id, email FROM public.users WHERE id = 1
      UNION ALL SELECT u.id, u.email FROM public.users u JOIN {v} ON u.id = {v}.n + 1
    """: "(1,c***@***.example)",
    "VIEW public.inner_view AS SELECT * FROM public.users; CREATE VIEW other.w AS SELECT email FROM public.inner_view; CREATE VIEW public.{v} AS SELECT w.email, (SELECT max(phone) FROM other.people) FROM other.w":
      "(c***@***.example,****4567)",
    #"VIEW public.{v} AS SELECT email AS "E (x)\" FROM public.users UNION ALL SELECT name FROM public.city"#:
      "(c***@***.example)",
    "VIEW public.{v} AS WITH mine AS (SELECT email FROM public.users) SELECT m.email FROM mine m CROSS JOIN LATERAL (SELECT m.email) x(y)":
      "(c***@***.example)",
    "VIEW public.{v} AS SELECT u.id, u.name, u.email, count(*) FROM public.users u LEFT JOIN public.city c ON c.id = u.id GROUP BY u.id ORDER BY u.id":
      "(1,name1,c***@***.example,1)",
    "VIEW public.{v} AS SELECT id, email FROM public.users GROUP BY id ORDER BY id": "(1,c***@***.example)",
    "VIEW public.{v} AS WITH w AS (SELECT id, email FROM public.users GROUP BY id) SELECT w.email, x.phone FROM w JOIN (SELECT p.id, p.phone FROM other.people p GROUP BY p.id) x ON x.id = w.id":
      "(c***@***.example,****4567)",
    "VIEW public.{v} AS SELECT u.name, p.phone FROM public.users u, other.people p WHERE u.id = 2 GROUP BY lower(u.email), u.id, p.id HAVING min(u.email) = u.email ORDER BY upper(u.name)":
      "(name2,****4567)",
    #"VIEW public.{v} AS SELECT "N n"."the ""text", "N n".author, min("N n".doc::text) FROM other.notes "N n" GROUP BY "N n".n, "N n".day, ROLLUP ("N n".n % 2) ORDER BY "N n".n DESC"#:
      "(more,c***y,{})",
    "VIEW public.{v} AS SELECT count(*), min(email) FILTER (WHERE id < 3) FROM public.users": "(5,c***@***.example)",
  ]

  @Test(arguments: PostgresServer.majors) func `views of masked tables are served masked, to any depth`(major: Int) throws {
    let (fixture, compiled) = try Self.fixture(Self.numbered(Self.shown.map { "CREATE \($0.key)" }), major: major)
    #expect(compiled.refusals == [])
    #expect(compiled.findings.filter { $0.kind == "view_left_out" }.map { "\($0.object): \($0.reason)" } == [])
    let lease = try fixture.lease(compiled)
    let shadow = try fixture.shadowSchema()
    let catalog = try fixture.admin.query("SELECT iss.masked_tables($1)::text", [compiled.role]).single()[0] ?? ""
    for (number, (view, row)) in Self.shown.enumerated() {
      #expect(try lease.query("SELECT x::text FROM \(shadow).v\(number) x LIMIT 1").single()[0] == row, "\(view)")
      for closed in [
        "SELECT * FROM public.v\(number)", "INSERT INTO public.v\(number) DEFAULT VALUES",
        "INSERT INTO \(shadow).v\(number) DEFAULT VALUES",
      ] { #expect(scopeState(lease, closed) != nil, "\(view): \(closed)") }
      #expect(catalog.contains(#""table": "v\#(number)""#))
    }
  }

  /// What stands against a copy, and a word of the reason.
  static let leftOut: KeyValuePairs = [
    "CREATE VIEW public.{v} AS SELECT u.email, o.mail FROM public.users u JOIN other.users o USING (id)":
      "read other.users itself",
    "CREATE VIEW public.{v} AS WITH users AS (SELECT email FROM public.users) SELECT * FROM users": "read public.users itself",
    "CREATE MATERIALIZED VIEW public.m AS SELECT email FROM public.users; CREATE VIEW public.{v} AS SELECT * FROM public.m":
      "a materialized view",
    """
    CREATE FUNCTION public.raw(n int) RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT email FROM public.users WHERE id = n';
    REVOKE ALL ON FUNCTION public.raw(int) FROM PUBLIC;
    CREATE VIEW public.{v} AS SELECT public.raw(id) FROM public.users
    """: "SECURITY DEFINER",
    """
    CREATE FUNCTION public.raw(a int, b int) RETURNS boolean LANGUAGE sql SECURITY DEFINER AS 'SELECT true';
    REVOKE ALL ON FUNCTION public.raw(int, int) FROM PUBLIC;
    CREATE OPERATOR public.=== (FUNCTION = public.raw, LEFTARG = int, RIGHTARG = int);
    CREATE VIEW public.{v} AS SELECT email FROM public.users WHERE id OPERATOR(public.===) 1
    """: "SECURITY DEFINER",
    "CREATE VIEW public.{v} AS SELECT code, name FROM other.coded GROUP BY code": "GROUP BY",
    "CREATE VIEW public.{v} AS SELECT n.doc FROM other.notes n GROUP BY n.day, n.n": "GROUP BY",
    "CREATE VIEW public.{v} AS SELECT u.b FROM public.users u (a, b) GROUP BY u.a": "GROUP BY",
    "CREATE VIEW public.{v} AS SELECT u.name FROM public.users u GROUP BY u.id UNION ALL SELECT u.author FROM other.notes u GROUP BY u.author":
      "GROUP BY",
    "CREATE VIEW public.{v} AS SELECT u AS whole FROM public.users u": "would differ",
    """
    ALTER TABLE public.city ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON public.city USING (name = current_user);
    CREATE VIEW public.{v} AS SELECT u.email, c.name FROM public.users u, public.city c
    """: "asks who is reading",
  ]

  @Test(arguments: [PostgresServer.majors.first ?? 15, PostgresServer.majors.last ?? 15])
  func `a view that cannot be proved masked is left out, with the reason`(major: Int) throws {
    let (fixture, compiled) = try Self.fixture(Self.numbered(Self.leftOut.map(\.key)), major: major)
    #expect(compiled.refusals == [])
    let lease = try fixture.lease(compiled)
    for (number, (view, reason)) in Self.leftOut.enumerated() {
      let finding = try #require(
        compiled.findings.first { $0.kind == "view_left_out" && $0.object == "public.v\(number)" }, "\(view)")
      #expect(finding.reason.contains(reason), "\(view): \(finding.reason)")
      #expect(scopeState(lease, "SELECT * FROM public.v\(number)") == "42501")
      #expect(scopeState(lease, "SELECT * FROM \(try fixture.shadowSchema()).v\(number)") == "42P01")
    }
  }

  /// The proof is what is relied on: an owner who changes a copy by hand is found out by it.
  @Test func `a copy that reads a masked table is noticed and mended`() throws {
    let (fixture, compiled) = try Self.fixture("CREATE VIEW public.v AS SELECT id, email FROM public.users")
    let copy = "\(try fixture.shadowSchema()).v"
    try fixture.owner.execute(script: "CREATE OR REPLACE VIEW \(copy) AS SELECT id, u::text AS email FROM public.users u")
    // Even if the record of its text were forged.
    try fixture.owner.execute(
      script: "SET search_path = pg_catalog; UPDATE iss.view_copy SET definition_digest = iss.digest(pg_get_viewdef(viewid))")
    let found = try fixture.check(compiled.role)
    #expect(found.refusals == ["shadow public.v"])
    #expect(found.finding("shadow")?.reason.contains("public.users itself") == true)
    try fixture.admin.query("SELECT iss.shadow_rebuild()")
    #expect(try fixture.check(compiled.role).state == "ready")
    #expect(try fixture.lease(compiled).query("SELECT email FROM \(copy) LIMIT 1").single()[0] == "c***@***.example")
  }

  @Test(arguments: PostgresServer.majors) func `a view that reads with the caller's rights has a copy that does, too`(major: Int)
    throws
  {
    let (fixture, _) = try Self.fixture(
      "CREATE VIEW public.v WITH (security_invoker = true) AS SELECT id, email FROM public.users", major: major)
    let wide = try fixture.lease(fixture.compile(fixture.scope("wide")))
    let shadow = try fixture.shadowSchema()
    #expect(try wide.query("SELECT email FROM \(shadow).v WHERE id = 1").single()[0] == "c***@***.example")
    #expect(scopeState(wide, "SELECT email FROM public.v") == "42501")
    let narrow = try fixture.lease(fixture.compile(fixture.scope("narrow", tables: ["public.v": ["select"]])))
    #expect(scopeState(narrow, "SELECT email FROM \(shadow).v") == "42501")
  }

  @Test(arguments: PostgresServer.majors) func `a view that could be read is closed with its table's first label`(major: Int)
    throws
  {
    let fixture = try ScopeFixture(major: major, Self.tables + "CREATE VIEW public.v AS SELECT id, email FROM public.users")
    let scope = try fixture.scope()
    let lease = try fixture.lease(fixture.compile(scope, ScopeFixture.rules([:])))
    #expect(try lease.query("SELECT email FROM public.v WHERE id = 1").single()[0] == "canary1@secret.example")
    try fixture.compile(scope, ScopeFixture.rules(Self.masks))
    #expect(scopeState(lease, "SELECT email FROM public.v") == "42501")
    #expect(try lease.query("SELECT email FROM \(fixture.shadowSchema()).v WHERE id = 1").single()[0] == "c***@***.example")
    // A denied column is refused in the table, and NULL in a view, which is read with its owner's rights.
    try fixture.compile(
      scope, ScopeFixture.rules(["public.users.email": "deny", "other.users.mail": "redact", "other.people.phone": "last4"]))
    #expect(scopeState(lease, "SELECT email FROM \(try fixture.shadowSchema()).users") == "42501")
    #expect(try lease.query("SELECT email FROM \(fixture.shadowSchema()).v WHERE id = 1").single()[0] == nil)
  }

  @Test func `a copy follows its view, its tables and their labels`() throws {
    let (fixture, compiled) = try Self.fixture(
      """
      CREATE VIEW public.v AS SELECT id, email FROM public.users; CREATE VIEW public.w AS SELECT email FROM public.v;
      CREATE VIEW public.c AS SELECT u.email, c.name FROM public.users u, public.city c
      """)
    let shadow = try fixture.shadowSchema()
    let lease = try fixture.lease(compiled)
    try fixture.owner.execute(script: "CREATE OR REPLACE VIEW public.v AS SELECT id, email, name FROM public.users WHERE id = 2")
    #expect(try fixture.check(compiled.role).refusals.contains("shadow public.v"))
    try fixture.admin.query("SELECT iss.shadow_rebuild()")
    #expect(try fixture.check(compiled.role).state == "ready")
    #expect(try lease.query("SELECT name FROM \(shadow).v").single()[0] == "name2")
    #expect(try lease.query("SELECT * FROM \(shadow).w").rows.count == 1)

    // Dropping what an unmasked table's copies hold on to, and coming back.
    let mayRead = "SELECT has_table_privilege('iss_mask_owner', $1, 'SELECT')"
    #expect(try fixture.admin.query(mayRead, ["public.city"]).single()[0] == "t")
    try fixture.admin.query("SELECT iss.shadow_drop(ARRAY['public.city'::regclass::oid])")
    #expect(scopeState(lease, "SELECT * FROM \(shadow).c") == "42P01")
    #expect(scopeState(lease, "SELECT * FROM \(shadow).v") == nil)
    try fixture.owner.execute(script: "DROP VIEW public.c; ALTER TABLE public.city DROP COLUMN name")
    try fixture.admin.query("SELECT iss.shadow_rebuild()")
    #expect(try fixture.admin.query(mayRead, ["public.city"]).single()[0] == "f")
    #expect(try fixture.check(compiled.role).state == "ready")

    // Without masks there are no copies, and iss_mask_owner reads nothing.
    try fixture.compile(fixture.scope(), ScopeFixture.rules([:]))
    #expect(try fixture.admin.query("SELECT count(*) FROM iss.view_copy").single()[0] == "0")
    for table in ["public.users", "other.people", "other.users"] {
      #expect(try fixture.admin.query(mayRead, [table]).single()[0] == "f", "\(table)")
    }
  }

  @Test func `a view whose owner may not read what it reads has no copy`() throws {
    let (fixture, compiled) = try Self.fixture("CREATE VIEW public.v AS SELECT email FROM public.users")
    try fixture.owner.execute(
      script:
        "DROP ROLE IF EXISTS poor_\(fixture.database); CREATE ROLE poor_\(fixture.database); ALTER VIEW public.v OWNER TO poor_\(fixture.database)"
    )
    try fixture.admin.query("SELECT iss.shadow_rebuild()")
    #expect(try fixture.check(compiled.role).finding("view_left_out")?.reason.contains("may not read public.users") == true)
  }
}
