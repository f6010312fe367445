import Foundation
import PostgresClient
import Synchronization
import TestSupport
import Testing

/// Migrations are not in the way of masked readers, nor these in theirs (sql/shadows/migrate.sql, sql/bootstrap/ddl.sql).
@Suite struct ShadowMigrationTests {
  static func fixture(_ major: Int) throws -> (ScopeFixture, ScopeFixture.Compiled, PostgresConnection) {
    let fixture = try ScopeFixture(major: major, ShopMigration.tables)
    try fixture.owner.execute(script: "RESET search_path; " + (try ScopeFixture.sql("bootstrap/ddl.sql")))
    let compiled = try fixture.compile(
      fixture.scope(), ScopeFixture.rules(["public.users.email": "email", "public.events.email": "email"]))
    #expect(compiled.refusals == [])
    let migrator = "migrator_\(fixture.database)"
    try fixture.owner.execute(
      script: """
        DROP ROLE IF EXISTS \(migrator); CREATE ROLE \(migrator) LOGIN PASSWORD 'migrator' IN ROLE shop; GRANT \(migrator) TO issuer_admin;
        ALTER ROLE \(migrator) SET role = shop
        """)
    return (fixture, compiled, try fixture.server.connect(user: migrator, password: "migrator", database: fixture.database))
  }

  /// What readers saw; shared with their threads.
  private final class Sightings: Sendable {
    struct State {
      var isOver = false
      var reads = 0
      var unexpected: [String] = []
    }
    let state = Mutex(State())
  }

  /// Rows, or a refusal that a migration explains: the table, view or column is not there now, or the deadlock detector chose us.
  private static func read(_ lease: PostgresConnection, _ sql: String, _ seen: Sightings) {
    do {
      let rows = try lease.query(sql)
      let text = rows.rows.map { row in rows.columns.indices.map { row[$0] ?? "" }.joined(separator: "|") }.joined(
        separator: "\n")
      seen.state.withLock {
        $0.reads += 1
        if text.contains("canary") || text.contains("CANARY") { $0.unexpected.append("\(sql): \(text.prefix(200))") }
      }
    } catch {
      let refusal = "\(error)"
      seen.state.withLock {
        if refusal.contains("canary") || !["42501", "42P01", "42703", "40P01"].contains(where: refusal.hasPrefix) {
          $0.unexpected.append("\(sql): \(refusal)")
        }
      }
    }
  }

  @Test(arguments: PostgresServer.majors) func `a migration of 50 statements and masked readers do not mind one another`(
    major: Int
  )
    throws
  {
    #expect(ShopMigration.statements.count >= 50)
    let (fixture, compiled, migrator) = try Self.fixture(major)
    let shadow = try fixture.shadowSchema()
    let seen = Sightings()
    let readers = DispatchGroup()
    for _ in 0..<2 {
      let (server, database, role) = (fixture.server, fixture.database, try fixture.leaseRole(compiled))
      readers.enter()
      Thread.detachNewThread {
        defer { readers.leave() }
        guard let lease = try? server.connect(user: role, password: ScopeFixture.leasePassword, database: database) else {
          return
        }
        while !seen.state.withLock({ $0.isOver }) {
          for sql in [
            "SELECT * FROM \(shadow).users WHERE id < 20", "SELECT * FROM \(shadow).contacts LIMIT 20",
            "SELECT * FROM \(shadow).events LIMIT 20",
            "SELECT email FROM public.users", "SELECT u FROM public.users u", "SELECT phone FROM public.users",
            "SELECT count(*) FROM public.users", "SELECT * FROM public.events_2", "SELECT * FROM public.contacts",
          ] { Self.read(lease, sql, seen) }
        }
      }
    }
    defer {
      seen.state.withLock { $0.isOver = true }
      readers.wait()
    }
    for statement in ShopMigration.statements {
      // The deadlock detector may choose the migration, too; tools run it again.
      for _ in 0..<5 {
        guard let state = scopeState(migrator, statement) else { break }
        #expect(state == "40P01", "\(statement): \(state)")
        if state != "40P01" { break }
      }
    }
    seen.state.withLock {
      #expect($0.reads > 0)
      #expect($0.unexpected == [])
    }
    // All of it is back without anybody's help.
    #expect(try fixture.admin.query("SELECT count(*) FROM iss.migration").single()[0] == "0")
    let problems = "SELECT base || ': ' || reason FROM (TABLE iss_problems) p"
      .replacing("TABLE iss_problems", with: "SELECT * FROM iss.shadow_problems() UNION ALL SELECT * FROM iss.view_problems()")
    #expect(try fixture.admin.query(problems).rows.map { $0[0] ?? "" } == [])
    #expect(try fixture.check(compiled.role).state == "ready")
    let lease = try fixture.lease(compiled)
    #expect(try lease.query("SELECT full_name, email FROM \(shadow).users WHERE id = 1").single()["email"] == "c***@***.example")
    #expect(try lease.query("SELECT email FROM \(shadow).contacts LIMIT 1").single()[0] == "c***@***.example")
    #expect(try lease.query("SELECT email FROM \(shadow).events_2").single()[0] == "c***@***.example")
    // A column of the migration is seen by nobody yet.
    #expect(scopeState(lease, "SELECT phone FROM \(shadow).users") == "42703")
  }

  @Test func `without the event trigger a migration takes the shadows away itself, and they come back at its commit`() throws {
    let (fixture, compiled, migrator) = try Self.fixture(PostgresServer.defaultMajor)
    try fixture.owner.execute("DROP SCHEMA iss_ddl CASCADE")
    #expect(scopeState(migrator, "ALTER TABLE public.users DROP COLUMN note") == "2BP01")
    let shadow = try fixture.shadowSchema()
    try migrator.execute(script: "BEGIN; SELECT iss.migration(); ALTER TABLE public.users DROP COLUMN note; ROLLBACK")
    #expect(try fixture.lease(compiled).query("SELECT note FROM \(shadow).users WHERE id = 1").single()[0] == "n")
    try migrator.execute(script: "BEGIN; SELECT iss.migration(); ALTER TABLE public.users DROP COLUMN note; COMMIT")
    #expect(scopeState(try fixture.lease(compiled), "SELECT note FROM \(shadow).users") == "42703")
    #expect(try fixture.lease(compiled).query("SELECT email FROM \(shadow).users WHERE id = 1").single()[0] == "c***@***.example")
    // A login that is no member of the tables' owner has nothing to take away, and a lease cannot call it.
    let stranger = try fixture.leaseRole(compiled)
    try fixture.owner.execute(
      script: "GRANT USAGE ON SCHEMA iss TO \(stranger); GRANT EXECUTE ON FUNCTION iss.migration() TO \(stranger)")
    let other = try fixture.server.connect(user: stranger, password: ScopeFixture.leasePassword, database: fixture.database)
    #expect(try other.query("SELECT iss.migration()").single()[0] == "0")
    #expect(scopeState(try fixture.lease(compiled), "SELECT iss.migration()") == "42501")
  }

  @Test func `the event trigger leaves superusers and strangers alone, and fails nobody's statement`() throws {
    let (fixture, compiled, migrator) = try Self.fixture(PostgresServer.defaultMajor)
    #expect(scopeState(fixture.owner, "ALTER TABLE public.users DROP COLUMN note") == "2BP01")
    try fixture.owner.execute(script: "REVOKE migrator_\(fixture.database) FROM issuer_admin")
    #expect(scopeState(migrator, "ALTER TABLE public.users DROP COLUMN note") == "2BP01")
    // A lease that works as the owner is known by its mark.
    try fixture.owner.execute(
      script:
        "COMMENT ON ROLE migrator_\(fixture.database) IS 'issuer lease 00000000-0000-4000-8000-000000000003 00112233445566778899aabbccddeeff'"
    )
    #expect(scopeState(migrator, "ALTER TABLE public.users DROP COLUMN note") == nil)
    let lease = try fixture.lease(compiled)
    for harmless in [
      "CREATE TEMP TABLE users (id int)", "ALTER TABLE pg_temp.users ADD COLUMN note text", "DROP TABLE pg_temp.users",
      "CREATE TEMP VIEW contacts AS SELECT 1 AS one", "DROP VIEW pg_temp.contacts",
    ] { #expect(scopeState(lease, harmless) == nil, "\(harmless)") }
    #expect(scopeState(lease, "SELECT iss_ddl.migration_start('DROP TABLE', 'users')") == nil)
    #expect(try lease.query("SELECT email FROM \(fixture.shadowSchema()).users WHERE id = 1").single()[0] == "c***@***.example")
    // The issuer's schema is gone: DDL goes on.
    try fixture.owner.execute(
      script: "GRANT migrator_\(fixture.database) TO issuer_admin; SET client_min_messages = error; DROP SCHEMA iss CASCADE")
    #expect(scopeState(migrator, "ALTER TABLE public.orders DROP COLUMN obsolete") == nil)
  }
}
