import Foundation
import Policy
import PostgresClient
import TestSupport
import Testing

@testable import Proxy

/// `SELECT ... FOR UPDATE` of masked tables through the proxy, with the real shadows and scopes of sql/.
@Suite struct RowLockTests {
  enum Form: CaseIterable { case simple, extended, prepared }

  private static let server = Result {
    let server = try PostgresServer(tls: true)
    let admin = try server.connect()
    let sql = try SQLDirectory.located()
    try admin.execute(script: try sql.script("bootstrap/roles.sql"))
    try admin.execute(
      script: """
        CREATE TABLE public.users (id int PRIMARY KEY, name text NOT NULL, email text UNIQUE, phone text, note text);
        INSERT INTO public.users SELECT g, 'Person ' || g, 'canary' || g || '@secret.example', 'canary', 'n' FROM generate_series(1, 30) g;
        CREATE VIEW public.contacts AS SELECT id, name, email FROM public.users
        """)
    for line in try sql.script("scopes/install.sql").split(separator: "\n") where line.hasPrefix("\\ir ") {
      try admin.execute(script: try sql.script("scopes/" + line.dropFirst(4)))
    }
    for (scope, grants) in [("read", #""select""#), ("write", #""select", "update""#)] {
      _ = try admin.query(
        "SELECT iss.scope_compile($1, $2)",
        [
          """
          {"name": "\(scope)", "database": "postgres", "unmasked": false,
           "privileges": [{"objects": "tables", "patterns": ["public.*"], "except": [], "privileges": [\(grants)]}]}
          """,
          """
          {"trusted": [], "masks": [
            {"schema": "public", "table": "users", "column": "email", "kind": "email", "rule": "r", "lookup": "equality"},
            {"schema": "public", "table": "users", "column": "phone", "kind": "redact", "rule": "r"}]}
          """,
        ])
    }
    return server
  }

  private func world(_ scope: String = "write") throws -> ProxyWorld {
    let server = try Self.server.get()
    let admin = try server.connect()
    let role = try admin.query("SELECT role_name::text AS role FROM iss.scope WHERE scope_name = $1", [scope]).single().string(
      "role")
    let json = try admin.query("SELECT iss.masked_tables($1) AS tables", [role]).single().string("tables")
    let policy = SessionPolicy(
      scope: scope, guardrails: [], limits: SessionLimits(),
      maskedTables: try JSONDecoder().decode([MaskedTable].self, from: Data(json.utf8)), recordsParameters: true)
    return try ProxyWorld(
      server, policy: policy, grants: ["GRANT \(role) TO $role"],
      lookupKey: { admin, role in
        try admin.query("SELECT encode(iss.lookup_key($1), 'base64') AS key", [role]).single().string("key")
      })
  }

  @Test(arguments: Form.allCases) func `who waits for a lock is given the row as it was committed, masked`(form: Form)
    async throws
  {
    let world = try world()
    let writer = try world.connect()
    try writer.execute(script: "BEGIN; UPDATE users SET name = 'Anna', note = '\(form)' WHERE id = 1")
    let waiting = Task.detached { try Self.lock(world, form) }
    let watcher = try Self.server.get().connect()
    try eventually("the second session waits") {
      try watcher.query(
        "SELECT count(*)::int AS n FROM pg_stat_activity WHERE usename = $1 AND wait_event_type = 'Lock'", [world.role]
      ).single().integer("n") == 1
    }
    try writer.execute(script: "COMMIT")
    #expect(try await waiting.value == ["1", "Anna", "c***@***.example", "***", "\(form)"])
    #expect(world.audit.contains("public.users.phone"))
  }

  private static func lock(_ world: ProxyWorld, _ form: Form) throws -> [String?] {
    let connection = try world.connect()
    let sql = "SELECT * FROM users WHERE id = \(form == .simple ? "1" : "$1::int") FOR UPDATE"
    let result: PostgresResult =
      switch form {
      case .simple: try connection.execute(script: sql)
      case .extended: try connection.query(sql, ["1"])
      case .prepared: try connection.queryPrepared(sql, ["1"])
      }
    let row = try result.single()
    return (0..<5).map { row[$0] }
  }

  @Test func `a locked row is really locked, until its transaction ends`() throws {
    let world = try world()
    let (first, second) = (try world.connect(), try world.connect())
    let sql = "SELECT id, email FROM users WHERE id < 4 ORDER BY id FOR UPDATE"
    try first.execute(script: "BEGIN")
    #expect(try first.query("SELECT * FROM users WHERE id = 2 FOR NO KEY UPDATE OF users").rows.count == 1)
    #expect(throws: PostgresError.self) { try second.query(sql + " NOWAIT") }
    #expect(try second.query(sql + " SKIP LOCKED").rows.map { $0["id"] } == ["1", "3"])
    #expect(try second.query("SELECT * FROM users WHERE id = 2 FOR KEY SHARE").rows.count == 1)
    try first.execute(script: "COMMIT")
    #expect(try second.query(sql + " NOWAIT").rows.map { $0["email"] } == Array(repeating: "c***@***.example", count: 3))
  }

  @Test func `rows are locked by the value of a masked column and by a cursor, and changed where it stands`() throws {
    let world = try world()
    let found = try world.connect().query("SELECT * FROM users WHERE email = $1 FOR UPDATE", ["canary20@secret.example"]).single()
    #expect(found["id"] == "20" && found["email"] == "c***@***.example" && found["phone"] == "***")
    let result = try world.psql([
      "SELECT * FROM users u WHERE u.email = 'canary21@secret.example' AND u.id > 3 FOR UPDATE OF u NOWAIT", "BEGIN",
      "DECLARE c CURSOR FOR SELECT * FROM users WHERE id > 21 ORDER BY id FOR UPDATE", "FETCH c",
      "UPDATE users SET note = 'here' WHERE CURRENT OF c RETURNING id, email", "COMMIT",
      "SELECT id FROM users WHERE note = 'here'",
    ])
    #expect(result.errors == "")
    #expect(
      result.output == """
        21|Person 21|c***@***.example|***|n
        BEGIN
        DECLARE CURSOR
        22|Person 22|c***@***.example|***|n
        22|
        UPDATE 1
        COMMIT
        22

        """)
  }

  @Test func `where rows cannot be locked PostgreSQL says no, and the proxy why`() throws {
    let (reader, writer) = (try world("read"), try world())
    for (world, sql, state, hint) in [
      (reader, "SELECT * FROM users FOR UPDATE", "42501", "a scope must let the table be updated"),
      (reader, "SELECT id FROM users FOR SHARE", "42501", "a scope must let the table be updated"),
      (writer, "SELECT * FROM contacts FOR UPDATE", "42501", "lock rows of the tables under a view"),
      (
        writer, "SELECT * FROM ONLY users FOR UPDATE", "0A000",
        "leave it out, or name only columns that are not masked: id, name, note"
      ),
      (writer, "BEGIN; LOCK TABLE users", "42501", "lock the rows: SELECT ... FOR UPDATE"),
    ] {
      let result = try world.psql([sql])
      #expect(result.errors.contains(state) && result.errors.contains(hint), "\(sql): \(result.errors)")
    }
  }
}
