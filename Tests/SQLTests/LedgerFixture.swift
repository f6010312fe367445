import Foundation
import PostgresClient
import Synchronization
import TestSupport

/// A server of one version with the ledger in it, as `issuerctl init` leaves it, and two application databases, `shop` and `depot`.
/// One for each version and test process; suites that use it are serialized.
final class LedgerFixture: Sendable {
  let server: PostgresServer
  /// The password of every lease made here is `lease-password`.
  static let verifier =
    "SCRAM-SHA-256$1:MDEyMzQ1Njc4OWFiY2RlZg==$"
    + "aDVGfmgVdPBFYpgLyvU5HdBzOLwiYpC7CYSuI1A0bF4=:yqOANbVkMGyG+r3jAGb71f2DQ9RZkg5VSXpUAXT7LHk="
  static let mark = "00112233445566778899aabbccddeeff"

  private static let fixtures = Mutex<[Int: Result<LedgerFixture, any Error>]>([:])

  static func of(_ major: Int) throws -> LedgerFixture {
    try fixtures.withLock { known in
      if let fixture = known[major] { return fixture }
      let made = Result { try LedgerFixture(major) }
      known[major] = made
      return made
    }.get()
  }

  private init(_ major: Int) throws {
    server = try PostgresServer(
      major: major, settings: ["log_statement = all", "log_min_duration_statement = 0"],
      hba: ["host all issuer_admin 127.0.0.1/32 trust"])
    let sql = try SQLDirectory.located()
    let superuser = try server.connect()
    try superuser.execute(script: sql.script("bootstrap/roles.sql"))
    try superuser.execute(script: sql.script("bootstrap/roles.sql"))
    try superuser.query(sql.script("bootstrap/database.sql"))
    try superuser.query("CREATE ROLE app_owner NOLOGIN")
    try superuser.query("GRANT app_owner TO issuer_admin")
    for database in ["shop", "depot"] {
      try superuser.execute("CREATE DATABASE \(Identifier(database)) OWNER app_owner")
      let inside = try server.connect(database: database)
      try inside.execute(script: sql.script("bootstrap/governed.sql"))
      try inside.execute(
        script: """
          CREATE SCHEMA app AUTHORIZATION app_owner;
          CREATE TABLE app.orders (id int PRIMARY KEY, secret text);
          ALTER TABLE app.orders OWNER TO app_owner;
          INSERT INTO app.orders VALUES (1, 'raw');
          """)
    }
    for _ in 1...2 {
      try server.connect(database: "issuer").execute(script: sql.script("bootstrap/privileges.sql"))
    }
    let admin = try server.connect(user: "issuer_admin", database: "issuer")
    try LedgerSchema(sql).install(on: admin)
    try admin.query("SELECT issuer.scope_begin('aaaa000001', 'support', 'shop', '{}')")
    let shop = try server.connect(user: "issuer_admin", database: "shop")
    try shop.execute(
      script: """
        GRANT USAGE, CREATE ON SCHEMA app TO iss_scope_aaaa000001;
        GRANT SELECT ON app.orders TO iss_scope_aaaa000001;
        GRANT CREATE ON DATABASE shop TO issuer_admin;
        """)
    let depot = try server.connect(database: "depot")
    try depot.execute(script: "GRANT USAGE, CREATE ON SCHEMA app TO iss_scope_aaaa000001")
    try admin.query("SELECT issuer.scope_ready('aaaa000001', '[]')")
  }

  /// A connection as the issuer's admin, begun as an instance of its own unless told which.
  func ledger(instance: UUID = UUID()) throws -> Ledger {
    let connection = try server.connect(user: "issuer_admin", database: "issuer")
    try connection.query("SELECT issuer.connection_begin($1, 'test')", [instance.uuidString])
    return Ledger(connection: connection, instance: instance, fixture: self)
  }
}

/// One issuer's connection and what tests do with it.
struct Ledger {
  let connection: PostgresConnection
  let instance: UUID
  let fixture: LedgerFixture

  struct Granted {
    let request: String
    let lease: String?
    let role: String
    let created: Bool
  }

  @discardableResult
  func query(_ sql: String, _ parameters: [String?] = []) throws -> PostgresResult { try connection.query(sql, parameters) }

  /// Asks for scope `support` in `shop`.
  func grant(
    person: String = "alice", key: String = UUID().uuidString, lifetimeSeconds: Int = 600, approvals: Int = 0, keep: Bool = false,
    reason: String = "INC-1", verifier: String = LedgerFixture.verifier, scope: String = "support", settings: String = "{}",
    setRole: String? = nil, decideWithinSeconds: Int = 60
  ) throws -> Granted {
    let role = "jit_\(person)_\(UUID().uuidString.prefix(8).lowercased())"
    let row = try connection.queryPrepared(
      """
      SELECT * FROM issuer.grant_request($1, $2, $3, $4, 'shop', 'proxy', $5, 3600, $6, NULL, false, $7, '{}', $8, $9, 5, $10, $11,
        $12, $13, $14, 1, 'key1', $15)
      """,
      [
        UUID().uuidString, person, key, scope, String(lifetimeSeconds), reason, String(approvals), String(decideWithinSeconds),
        settings,
        keep ? "t" : "f", setRole, UUID().uuidString, role, verifier, LedgerFixture.mark,
      ]
    ).single()
    return Granted(request: try row.string("request"), lease: row["lease"], role: role, created: try row.boolean("created"))
  }

  func lease(person: String = "alice", keep: Bool = false, lifetimeSeconds: Int = 600) throws -> (id: String, role: String) {
    let granted = try grant(person: person, lifetimeSeconds: lifetimeSeconds, keep: keep)
    guard let lease = granted.lease else { throw ServerUnavailable(reason: "no lease") }
    return (lease, granted.role)
  }

  /// Logs in as a lease's role.
  func login(_ role: String, database: String = "shop", _ keywords: [String: String] = [:]) throws -> PostgresConnection {
    try fixture.server.connect(user: role, password: "lease-password", database: database, keywords)
  }

  func disable(_ leases: [String], reason: String = "revoked") throws -> Int {
    try query("SELECT * FROM issuer.disable($1, $2, 'tester')", [PostgresArray.text(leases), reason]).rows.count
  }

  /// Repeats the evict step until it is done; throws after 20 s.
  func evict(_ leases: [String]) throws {
    var noted: String?
    let deadline = ContinuousClock.now + .seconds(20)
    while ContinuousClock.now < deadline {
      let row = try query("SELECT * FROM issuer.evict($1, $2)", [PostgresArray.text(leases), noted]).single()
      if try row.boolean("done") { return }
      noted = try row.string("pending")
      usleep(3000)
    }
    throw ServerUnavailable(reason: "sessions of \(leases) are still alive")
  }

  /// Cleans in every database that the plan names, as the daemon does. Returns "database outcome" lines.
  @discardableResult
  func clean(_ leases: [String]) throws -> [String] {
    var told: [String] = []
    let script = try SQLDirectory.located().script("functions/here/clean.sql")
    for row in try query("SELECT *, prepared::text FROM issuer.clean_plan($1)", [PostgresArray.text(leases)]).rows {
      let lease = try row.string("lease_id")
      let role = try Identifier(row.string("role_name"))
      try query("SELECT issuer.clean_begin($1)", [lease])
      let inside = try fixture.server.connect(user: "issuer_admin", database: row.string("database"))
      for gid in try query("SELECT unnest($1::text[]) AS gid", [row["prepared"]]).rows {
        try inside.execute("SET ROLE \(role)")
        try inside.execute("ROLLBACK PREPARED \(Literal(gid.string("gid")))")
        try inside.execute("RESET ROLE")
      }
      try inside.transaction {
        try inside.query("SELECT set_config('issuer.clean_role', $1, true)", [role.name])
        try inside.query("SELECT set_config('issuer.clean_keep', $1, true)", [row["keep_objects"]])
        try inside.execute(script: script)
      }
      let outcome = try inside.query("SELECT current_setting('issuer.clean_outcome') AS outcome").single().string("outcome")
      try query("SELECT issuer.cleaned($1, $2, $3)", [lease, row["database"], outcome])
      told.append("\(try row.string("database")) \(outcome)")
    }
    return told
  }

  /// Drops; returns SQLSTATE by lease, "ok" for the dropped.
  func drop(_ leases: [String]) throws -> [String: String] {
    var told: [String: String] = [:]
    for row in try query("SELECT * FROM issuer.drop($1)", [PostgresArray.text(leases)]).rows {
      told[try row.string("lease_id").lowercased()] = try row.boolean("dropped") ? "ok" : row.string("sql_state")
    }
    return told
  }

  /// The whole end.
  func end(_ leases: [String]) throws -> [String: String] {
    _ = try disable(leases)
    try evict(leases)
    try clean(leases)
    return try drop(leases)
  }

  func roleExists(_ role: String) throws -> Bool {
    try query("SELECT FROM pg_roles WHERE rolname = $1", [role]).rows.count == 1
  }

  /// Ledger and roles agree exactly.
  func differences() throws -> [String] {
    try query("SELECT problem || ' ' || coalesce(role_name, '') AS line FROM issuer.reconcile_scan()").rows.map {
      try $0.string("line")
    }
  }
}
