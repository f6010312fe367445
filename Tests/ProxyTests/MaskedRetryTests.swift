import Policy
import PostgresClient
import Synchronization
import TestSupport
import Testing

@testable import Proxy

/// A migration and a reader that wait for each other, on a real server: the reader is the victim, and does not notice.
@Suite struct MaskedRetryTests {
  enum Form: CaseIterable { case simple, extended, prepared }

  private final class Progress: Sendable {
    let isReady = Mutex(false)
    let isLocked = Mutex(false)
  }

  @Test(arguments: Form.allCases)
  func `a reader that a migration's deadlock ends reads once more, and sees the masks`(form: Form) async throws {
    let server = try PostgresServer(tls: true)
    try server.connect().execute(script: Self.schema + Self.shadow)
    let world = try world(server)
    let progress = Progress()
    let reader = Task.detached { try Self.read(world, form, progress) }
    try eventually("the reader is ready") { progress.isReady.withLock { $0 } }

    let migration = try server.connect()
    // Else it might be the one to look for a deadlock first.
    try migration.execute(script: "SET deadlock_timeout = '1min'; BEGIN; LOCK TABLE app.users IN ACCESS EXCLUSIVE MODE")
    progress.isLocked.withLock { $0 = true }
    let watcher = try server.connect()
    try eventually("the reader waits") {
      try watcher.execute(script: "SELECT count(*) AS n FROM pg_locks WHERE NOT granted").single().integer("n") == 1
    }
    // The reader holds the shadow: this waits until it is out of the way.
    try migration.execute(script: "DROP VIEW iss_m_app.users; ALTER TABLE app.users ADD COLUMN more int")
    try migration.execute(script: Self.shadow + "GRANT SELECT ON iss_m_app.users TO \(world.role); COMMIT")

    #expect(try await reader.value == ["1", "***", "Ann"])
    let deadlocks = try watcher.execute(
      script: "SELECT pg_stat_clear_snapshot(), sum(deadlocks)::int AS n FROM pg_stat_database")
    #expect(try deadlocks.single().integer("n") == 1)
    #expect(
      world.audit.split(separator: "\n").filter { $0.contains(#""tag":"SELECT 1""#) && $0.contains(#""retries":1"#) }.count == 1)
    #expect(!world.audit.contains("40P01"))
  }

  @Test func `who reads while the masked view is away is told so`() throws {
    let server = try PostgresServer(tls: true)
    try server.connect().execute(script: Self.schema + Self.shadow)
    let world = try world(server)
    try server.connect().execute(script: "DROP VIEW iss_m_app.users")
    let result = try world.psql(["SELECT * FROM users", "SELECT * FROM nobody"])
    #expect(result.errors.contains("HINT:  The masked view of app.users is not there"), "\(result.errors)")
    #expect(result.errors.split(separator: "HINT").count == 2, "\(result.errors)")
  }

  private static let schema = """
    CREATE SCHEMA app;
    CREATE TABLE app.users (id int PRIMARY KEY, email text NOT NULL, name text NOT NULL);
    INSERT INTO app.users VALUES (1, 'ann@example.org', 'Ann');
    CREATE ROLE mask_owner NOLOGIN;
    GRANT USAGE ON SCHEMA app TO mask_owner;
    GRANT SELECT ON app.users TO mask_owner;
    CREATE SCHEMA iss_m_app AUTHORIZATION mask_owner;
    """
  private static let shadow = """
    SET ROLE mask_owner;
    CREATE VIEW iss_m_app.users AS SELECT id, '***'::text AS email, name FROM app.users;
    RESET ROLE;
    """

  private func world(_ server: PostgresServer) throws -> ProxyWorld {
    let oids = try server.connect().query(
      "SELECT 'app.users'::regclass::oid::int AS base, 'iss_m_app.users'::regclass::oid::int AS shadow"
    ).single()
    let table = MaskedTable(
      schema: "app", table: "users", tableOID: UInt32(try oids.integer("base")), shadowSchema: "iss_m_app",
      shadowOID: UInt32(try oids.integer("shadow")),
      columns: [
        .init(name: "id", number: 1, type: "integer"), .init(name: "email", number: 2, type: "text", mask: .redact),
        .init(name: "name", number: 3, type: "text"),
      ], primaryKey: ["id"])
    let policy = SessionPolicy(
      scope: "support-read", guardrails: [], limits: SessionLimits(), maskedTables: [table], recordsParameters: true)
    return try ProxyWorld(
      server, policy: policy,
      grants: [
        "GRANT USAGE ON SCHEMA app, iss_m_app TO $role", "GRANT SELECT (id, name) ON app.users TO $role",
        "GRANT SELECT ON iss_m_app.users TO $role", "ALTER ROLE $role SET search_path = app, public",
        // It looks for a deadlock once, so there must be one by then.
        "ALTER ROLE $role SET deadlock_timeout = '3s'",
      ])
  }

  private static func read(_ world: ProxyWorld, _ form: Form, _ progress: Progress) throws -> [String] {
    let connection = try world.connect()
    let sql = "SELECT id, email, name FROM users WHERE id = \(form == .simple ? "1" : "$1::int")"
    func run() throws -> PostgresResult {
      switch form {
      case .simple: try connection.execute(script: sql)
      case .extended: try connection.query(sql, ["1"])
      case .prepared: try connection.queryPrepared(sql, ["1"])
      }
    }
    // What is prepared must be so before the table is locked: then it is Bind that waits. Else Parse, or the Query.
    if form == .prepared { _ = try run() }
    progress.isReady.withLock { $0 = true }
    try eventually("the table is locked") { progress.isLocked.withLock { $0 } }
    let row = try run().single()
    return try ["id", "email", "name"].map { try row.string($0) }
  }
}
