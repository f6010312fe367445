import Foundation
import PostgresClient
import TestSupport
import Testing

/// Dumps as docs/masking.md says, and databases with what applications have in them: schemas with the same names, partitions,
/// inheritance, generated columns, row-level security.
@Suite struct ShadowDumpTests {
  static let shop = """
    CREATE TABLE public.users (id int PRIMARY KEY, email text UNIQUE, upper text GENERATED ALWAYS AS (upper(email)) STORED);
    CREATE SCHEMA crm; CREATE TABLE crm.users (id int PRIMARY KEY, email text, mail text);
    CREATE SCHEMA erp; CREATE TABLE erp.users (id int PRIMARY KEY, email text);
    CREATE TABLE public.pay (id int, at date, card text) PARTITION BY RANGE (at);
    CREATE TABLE public.pay_1 PARTITION OF public.pay FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
    CREATE TABLE public.animal (id int, name text); CREATE TABLE public.dog (breed text) INHERITS (public.animal);
    CREATE VIEW public.contacts AS SELECT u.id, u.email FROM public.users u;
    CREATE VIEW crm.contacts AS SELECT id, mail FROM crm.users;
    INSERT INTO public.users SELECT i, 'canary' || i || '@a.example' FROM generate_series(1, 5) i;
    INSERT INTO crm.users SELECT i, 'crm' || i || '@b.example', 'canary' || i FROM generate_series(1, 5) i;
    INSERT INTO erp.users SELECT i, 'erp' || i || '@c.example' FROM generate_series(1, 5) i;
    INSERT INTO public.pay VALUES (1, '2024-05-05', 'canary-card'); INSERT INTO public.dog VALUES (1, 'canary', 'b');
    ALTER TABLE crm.users ENABLE ROW LEVEL SECURITY; CREATE POLICY odd ON crm.users USING (id % 2 = 1);
    """
  static let masks: KeyValuePairs = [
    "public.users.email": "email", "crm.users.mail": "redact", "public.pay.card": "last4", "public.animal.name": "partial",
  ]

  private func run(_ program: String, _ arguments: [String], _ fixture: ScopeFixture, database: String) throws -> String {
    let result = try ChildProcess.run(
      "\(fixture.server.binDirectory)/\(program)",
      ["-h", PostgresServer.host, "-p", String(fixture.server.port), "-U", PostgresServer.superuser, "-d", database] + arguments,
      environment: ["PGPASSWORD": fixture.server.superuserPassword], seconds: 60)
    #expect(result.status == 0, "\(program): \(result.errors)")
    return result.output
  }

  @Test(arguments: PostgresServer.majors) func `a dump as documented restores, and is masked again`(major: Int) throws {
    let fixture = try ScopeFixture(major: major, Self.shop)
    try fixture.owner.execute(script: try ScopeFixture.sql("bootstrap/ddl.sql"))
    let scope = try fixture.scope(tables: ["*.*": ["select"]])
    let compiled = try fixture.compile(scope, ScopeFixture.rules(Self.masks))
    #expect(compiled.refusals == [])
    let dump = try run(
      "pg_dump", ["--exclude-schema=iss_m_*", "--exclude-schema=iss"], fixture, database: fixture.database)
    #expect(!dump.contains("iss_m_") && !dump.contains("CREATE TABLE iss."))
    let path = "/tmp/issuer-dump-\(fixture.database)-\(UUID().uuidString.prefix(8)).sql"
    try dump.write(toFile: path, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(atPath: path) }
    let copy = "copy_\(fixture.database)"
    try fixture.owner.execute("CREATE DATABASE \(Identifier(copy)) OWNER shop TEMPLATE template0")
    _ = try run("psql", ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", path], fixture, database: copy)

    let restored = try fixture.server.connect(database: copy)
    for table in ["public.users", "crm.users", "erp.users", "public.pay", "public.animal", "crm.contacts"] {
      let digest = "SELECT md5(string_agg(t::text, '' ORDER BY t::text)) FROM \(table) t"
      #expect(try restored.query(digest).single()[0] == fixture.owner.query(digest).single()[0], "\(table)")
    }
    // DDL goes on there, though the issuer does not govern it yet.
    try restored.execute(script: "SET ROLE shop; ALTER TABLE public.users ADD COLUMN phone text; RESET ROLE")
    // What scopes hold there is taken, as documented, so that their own database's check is clean again.
    #expect(try fixture.check(compiled.role).refusals != [])
    let roles = try restored.query(
      "SELECT format('DROP OWNED BY %I', rolname) FROM pg_roles WHERE rolname = $1 OR rolname = 'iss_mask_owner'", [compiled.role]
    )
    for row in roles.rows { try restored.execute(script: row[0] ?? "") }
    try fixture.admin.query("SELECT iss.shadow_rebuild()")
    #expect(try fixture.check(compiled.role).refusals == [])
    #expect(
      try fixture.lease(compiled).query("SELECT email FROM \(fixture.shadowSchema()).users WHERE id = 1").single()[0]
        == "c***@***.example")
  }

  @Test(arguments: PostgresServer.majors)
  func `schemas with the same names, partitions, children, generated columns and row rules keep apart`(
    major: Int
  ) throws {
    let fixture = try ScopeFixture(major: major, Self.shop)
    let compiled = try fixture.compile(fixture.scope(tables: ["*.*": ["select", "update"]]), ScopeFixture.rules(Self.masks))
    #expect(compiled.refusals == [])
    let lease = try fixture.lease(compiled)
    let shop = try fixture.shadowSchema()
    let crm = try fixture.shadowSchema("crm")
    #expect(shop != crm)
    for (sql, rows) in [
      ("SELECT email FROM \(shop).users WHERE id = 1", ["c***@***.example"]),
      ("SELECT upper FROM \(shop).users WHERE id = 1", [nil]),
      ("SELECT email FROM erp.users WHERE id = 1", ["erp1@c.example"]),
      ("SELECT email FROM \(crm).users WHERE id < 4 ORDER BY id", ["crm1@b.example", "crm3@b.example"]),
      ("SELECT mail FROM \(crm).contacts WHERE id < 4", ["***", "***"]),
      ("SELECT email FROM \(shop).contacts WHERE id = 1", ["c***@***.example"]),
      ("SELECT card FROM \(shop).pay_1", ["****card"]), ("SELECT name FROM \(shop).animal", ["c***y"]),
      ("SELECT name FROM \(shop).dog", ["c***y"]),
    ] as [(String, [String?])] {
      #expect(try lease.query(sql).rows.map { $0[0] } == rows, "\(sql)")
    }
    for closed in [
      "SELECT upper FROM public.users", "SELECT mail FROM crm.users", "SELECT * FROM \(try fixture.shadowSchema("erp")).users",
      "SELECT card FROM public.pay_1", "SELECT name FROM public.dog", "UPDATE public.users SET upper = DEFAULT",
    ] { #expect(scopeState(lease, closed) != nil, "\(closed)") }
    #expect(try lease.query("UPDATE crm.users SET email = 'x' WHERE id IN (1, 2)").commandTag == "UPDATE 1")
  }
}
