import PostgresClient
import TestSupport
import Testing

@Suite struct ShadowLabelTests {
  static let users =
    "CREATE TABLE public.users (id int PRIMARY KEY, email text, note text); INSERT INTO public.users VALUES (1, 'secret', 'n')"

  /// Whether a role that holds the scope may read a column of the base table.
  private func reads(_ fixture: ScopeFixture, _ role: String, _ column: String, of table: String = "public.users") throws -> Bool
  {
    try fixture.admin.query("SELECT has_column_privilege($1, $2, $3, 'SELECT')", [role, table, column]).single().boolean(
      "has_column_privilege")
  }

  @Test(arguments: PostgresServer.majors) func `a new label is revoked from every scope role before the call returns`(major: Int)
    throws
  {
    let fixture = try ScopeFixture(major: major, Self.users)
    let first = try fixture.compile(fixture.scope("one"), ScopeFixture.rules([:]))
    #expect(first.state == "ready")
    #expect(try reads(fixture, first.role, "email"))
    let lease = try fixture.lease(first)
    #expect(scopeState(lease, "SELECT email FROM public.users") == nil)
    try fixture.compile(fixture.scope("two"), ScopeFixture.rules(["public.users.email": "redact"]))
    #expect(try !reads(fixture, first.role, "email"))
    #expect(try reads(fixture, first.role, "note"))
    #expect(scopeState(lease, "SELECT email FROM public.users") == "42501")
    #expect(try lease.query("SELECT email FROM \(fixture.shadowSchema()).users").single()[0] == "***")
  }

  @Test(arguments: PostgresServer.majors) func `a renamed column or table keeps its mask, and the label is reported`(major: Int)
    throws
  {
    let fixture = try ScopeFixture(major: major, Self.users)
    let compiled = try fixture.compile(fixture.scope(), ScopeFixture.rules(["public.users.email": "email"]))
    try fixture.admin.query("SELECT iss.shadow_drop()")
    try fixture.owner.execute(
      script: "ALTER TABLE public.users RENAME COLUMN email TO mail; ALTER TABLE public.users RENAME TO people")
    try fixture.admin.query("SELECT iss.shadow_rebuild()")
    #expect(try !reads(fixture, compiled.role, "mail", of: "public.people"))
    let checked = try fixture.check(compiled.role)
    #expect(checked.state == "refused")
    #expect(checked.finding("label_matches_nothing")?.reason.contains("public.people.mail") == true)
    #expect(try fixture.lease(compiled).query("SELECT mail FROM \(fixture.shadowSchema()).people").single()[0] == "***")
  }

  @Test func `a column that is dropped and added again is masked by policy, invisible without`() throws {
    let fixture = try ScopeFixture(Self.users + "; COMMENT ON COLUMN public.users.note IS 'free text. mask: redact'")
    let rules = try ScopeFixture.rules(["public.users.email": "email"])
    let compiled = try fixture.compile(fixture.scope(), rules)
    try fixture.admin.query("SELECT iss.shadow_drop()")
    try fixture.owner.execute(
      script:
        "ALTER TABLE public.users DROP COLUMN email, DROP COLUMN note; ALTER TABLE public.users ADD COLUMN email text, ADD COLUMN note text"
    )
    try fixture.admin.query("SELECT iss.shadow_rebuild()")
    let lost = try fixture.check(compiled.role)
    #expect(lost.refusals == ["label_lost public.users.note"])
    #expect(try !reads(fixture, compiled.role, "email"))
    #expect(try !reads(fixture, compiled.role, "note"))
    let cured = try fixture.compile(
      fixture.scope(), ScopeFixture.rules(["public.users.email": "email", "public.users.note": "free"]))
    #expect(cured.refusals == [])
    #expect(try reads(fixture, compiled.role, "note"))
  }

  @Test func `a table made again does not lose a mask silently`() throws {
    let fixture = try ScopeFixture(Self.users + "; COMMENT ON COLUMN public.users.note IS 'mask: null'")
    let compiled = try fixture.compile(fixture.scope(), ScopeFixture.rules(["public.users.email": "email"]))
    try fixture.owner.execute(script: "DROP TABLE public.users CASCADE; SET ROLE shop; \(Self.users); RESET ROLE")
    try fixture.admin.query("SELECT iss.shadow_rebuild()")
    #expect(try fixture.check(compiled.role).refusals == ["label_lost public.users.note"])
    #expect(try !reads(fixture, compiled.role, "email"))
  }

  @Test func `a label that matches nothing refuses the scope, a pattern only warns`() throws {
    let fixture = try ScopeFixture(Self.users)
    let exact = try fixture.compile(fixture.scope(), ScopeFixture.rules(["public.user.email": "email"]))
    #expect(exact.refusals == ["label_matches_nothing public.user.email"])
    let pattern = try fixture.compile(
      fixture.scope(), ScopeFixture.rules(["public.*.ssn": "redact", "public.users.email": "email"]))
    #expect(pattern.state == "ready")
    #expect(pattern.finding("label_matches_nothing")?.severity == "warn")
  }

  @Test func `comments add labels, and never clear or weaken them`() throws {
    let fixture = try ScopeFixture(Self.users + "; COMMENT ON COLUMN public.users.email IS 'where to write. mask: redact'")
    let kind = "SELECT mask FROM iss.column_label WHERE column_name = $1"
    let compiled = try fixture.compile(fixture.scope(), ScopeFixture.rules([:]))
    #expect(try fixture.admin.query(kind, ["email"]).single()[0] == "redact")
    try fixture.owner.query("COMMENT ON COLUMN public.users.email IS 'mask: partial'")
    try fixture.compile(fixture.scope())
    #expect(try fixture.admin.query(kind, ["email"]).single()[0] == "redact")
    try fixture.owner.query("COMMENT ON COLUMN public.users.email IS NULL")
    try fixture.compile(fixture.scope())
    #expect(try !reads(fixture, compiled.role, "email"))
    try fixture.owner.query("COMMENT ON COLUMN public.users.email IS 'mask: null'")
    try fixture.compile(fixture.scope(), ScopeFixture.rules(["public.users.email": "email", "public.users.note": "partial"]))
    #expect(try fixture.admin.query(kind, ["email"]).single()[0] == "null")
    try fixture.owner.query("COMMENT ON COLUMN public.users.note IS 'mask: nonsense'")
    try fixture.compile(fixture.scope())
    #expect(try fixture.admin.query(kind, ["note"]).single()[0] == "redact")
    try fixture.owner.execute(script: "COMMENT ON COLUMN public.users.email IS NULL; COMMENT ON COLUMN public.users.note IS NULL")
    try fixture.compile(fixture.scope(), ScopeFixture.rules(["public.users.email": "free", "public.users.note": "free"]))
    #expect(try reads(fixture, compiled.role, "email"))
  }

  @Test(arguments: PostgresServer.majors) func `a table that lost its labels is no longer read by the shadows' owner`(major: Int)
    throws
  {
    let fixture = try ScopeFixture(major: major, Self.users)
    let mayRead = "SELECT has_table_privilege('iss_mask_owner', 'public.users', 'SELECT')"
    try fixture.compile(fixture.scope(), ScopeFixture.rules(["public.users.email": "email"]))
    #expect(try fixture.admin.query(mayRead).single()[0] == "t")
    try fixture.compile(fixture.scope(), ScopeFixture.rules([:]))
    #expect(try fixture.admin.query(mayRead).single()[0] == "f")
    // What somebody else gave it is taken, too, as far as the issuer may.
    try fixture.owner.execute(script: "SET ROLE shop; GRANT SELECT (note), UPDATE ON public.users TO iss_mask_owner; RESET ROLE")
    try fixture.admin.query("SELECT iss.shadow_rebuild()")
    let held = "SELECT has_any_column_privilege('iss_mask_owner', 'public.users', 'SELECT, UPDATE')"
    #expect(try fixture.admin.query(held).single()[0] == "f")
  }

  @Test func `a column named exactly beats patterns, and free past a pattern is free`() throws {
    let fixture = try ScopeFixture(Self.users)
    let compiled = try fixture.compile(
      fixture.scope(), ScopeFixture.rules(["public.users.*": "redact", "public.users.id": "free", "public.users.email": "email"]))
    let rows = try fixture.admin.query("SELECT column_name, mask FROM iss.column_label ORDER BY 1").rows.map {
      "\($0[0] ?? "") \($0[1] ?? "")"
    }
    #expect(rows == ["email email", "note redact"])
    #expect(try reads(fixture, compiled.role, "id"))
  }

  @Test(arguments: PostgresServer.majors) func `partitions and children inherit labels, parents too`(major: Int) throws {
    let fixture = try ScopeFixture(
      major: major,
      """
      CREATE TABLE public.pay (x int, id int, card text) PARTITION BY RANGE (id);
      CREATE TABLE public.pay_1 (card text, junk int, id int, x int); ALTER TABLE public.pay_1 DROP COLUMN junk;
      ALTER TABLE public.pay ATTACH PARTITION public.pay_1 FOR VALUES FROM (0) TO (10);
      CREATE TABLE public.animal (id int, name text); CREATE TABLE public.dog (breed text) INHERITS (public.animal);
      INSERT INTO public.pay VALUES (1, 1, 'canary'); INSERT INTO public.dog VALUES (1, 'canary', 'b')
      """)
    let compiled = try fixture.compile(
      fixture.scope(), ScopeFixture.rules(["public.pay.card": "redact", "public.dog.name": "redact"]))
    #expect(compiled.refusals == [])
    let lease = try fixture.lease(compiled)
    for table in ["pay", "pay_1", "animal", "dog"] {
      #expect(scopeState(lease, "SELECT * FROM public.\(table)") == "42501", "\(table)")
      #expect(
        try lease.query("SELECT * FROM \(fixture.shadowSchema()).\(table)").single().description.contains("canary") == false)
    }
    // A partition of tomorrow is closed until it is taken in, and masked then.
    try fixture.owner.execute(
      script: "SET ROLE shop; CREATE TABLE public.pay_2 PARTITION OF public.pay FOR VALUES FROM (10) TO (20); RESET ROLE")
    #expect(scopeState(lease, "SELECT id FROM public.pay_2") == "42501")
    try fixture.admin.query("SELECT iss.shadow_rebuild()")
    #expect(scopeState(lease, "SELECT id FROM public.pay_2") == nil)
    #expect(scopeState(lease, "SELECT card FROM public.pay_2") == "42501")
  }

  @Test(arguments: PostgresServer.majors) func `a generated column of a masked one is masked`(major: Int) throws {
    let fixture = try ScopeFixture(
      major: major,
      "CREATE TABLE public.g (id int, email text, upper text GENERATED ALWAYS AS (upper(email)) STORED, twice int GENERATED ALWAYS AS (id * 2) STORED)"
    )
    let compiled = try fixture.compile(fixture.scope(), ScopeFixture.rules(["public.g.email": "redact"]))
    #expect(try !reads(fixture, compiled.role, "upper", of: "public.g"))
    #expect(try reads(fixture, compiled.role, "twice", of: "public.g"))
  }

  @Test(arguments: PostgresServer.majors) func `a column added later is seen by nobody until it is declared`(major: Int) throws {
    let fixture = try ScopeFixture(major: major, Self.users)
    let compiled = try fixture.compile(fixture.scope(), ScopeFixture.rules(["public.users.email": "email"]))
    let lease = try fixture.lease(compiled)
    try fixture.owner.query("ALTER TABLE public.users ADD COLUMN phone text DEFAULT 'canary'")
    let checked = try fixture.compile(fixture.scope())
    #expect(checked.state == "ready")
    #expect(checked.finding("unknown_column")?.object == "public.users.phone")
    #expect(scopeState(lease, "SELECT phone FROM public.users") == "42501")
    #expect(scopeState(lease, "SELECT phone FROM \(try fixture.shadowSchema()).users") == "42703")
    let catalog = try fixture.admin.query("SELECT iss.masked_tables($1)::text", [compiled.role]).single()[0] ?? ""
    #expect(catalog.contains(#""mask": "deny", "name": "phone""#))
    try fixture.compile(fixture.scope(), ScopeFixture.rules(["public.users.email": "email", "public.users.phone": "free"]))
    #expect(scopeState(lease, "SELECT phone FROM public.users") == nil)
    #expect(scopeState(lease, "SELECT phone FROM \(try fixture.shadowSchema()).users") == nil)
  }

  @Test func `same names in two schemas, quotes and capitals keep apart`() throws {
    let fixture = try ScopeFixture(
      """
      CREATE TABLE public.users (id int, "E Mail" text); CREATE SCHEMA "Other ""S"; CREATE TABLE "Other ""S".users (id int, "E Mail" text, n int);
      INSERT INTO public.users VALUES (1, 'canary'); INSERT INTO "Other ""S".users VALUES (1, 'free', 1)
      """)
    let compiled = try fixture.compile(
      fixture.scope(tables: ["*.*": ["select"]]), ScopeFixture.rules(["public.users.E Mail": "redact"]))
    #expect(compiled.refusals == [])
    let lease = try fixture.lease(compiled)
    #expect(scopeState(lease, #"SELECT "E Mail" FROM public.users"#) == "42501")
    #expect(try lease.query(#"SELECT "E Mail" FROM "Other ""S".users"#).single()[0] == "free")
  }
}

extension PostgresRow {
  fileprivate var description: String { String(describing: self) }
}
