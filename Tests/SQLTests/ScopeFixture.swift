import Foundation
import PostgresClient
import Synchronization
import TestSupport

/// A governed database of its own in a server that the scope and shadow suites share: bootstrapped as `issuerctl init` does, schema
/// `iss` installed by issuer_admin, who is no superuser; tables belong to the role `shop`.
final class ScopeFixture {
  static let adminPassword = "admin-of-tests"
  let server: PostgresServer
  let database: String
  /// The superuser, in the database.
  let owner: PostgresConnection
  /// issuer_admin, in the database.
  let admin: PostgresConnection

  private static let servers = Mutex<[Int: PostgresServer]>([:])
  private static let counter = Atomic<Int>(0)
  static func sql(_ path: String) throws -> String { try SQLDirectory.located().script(path) }

  private static func server(_ major: Int, alone: Bool) throws -> PostgresServer {
    try servers.withLock { servers in
      let key = alone ? -major : major
      if let server = servers[key] { return server }
      let server = try PostgresServer(major: major)
      let superuser = try server.connect()
      try superuser.execute(script: try sql("bootstrap/roles.sql"))
      try superuser.execute(
        script: "ALTER ROLE issuer_admin PASSWORD '\(adminPassword)'; CREATE ROLE shop; GRANT shop TO issuer_admin")
      servers[key] = server
      return server
    }
  }

  /// - Parameters:
  ///   - alone: in a server apart, for tests that change roles which all databases share.
  ///   - script: what the application has in the database, run as the superuser with `shop` as its role.
  init(major: Int = PostgresServer.defaultMajor, alone: Bool = false, _ script: String) throws {
    server = try Self.server(major, alone: alone)
    database = "scope_\(Self.counter.wrappingAdd(1, ordering: .relaxed).newValue)"
    let superuser = try server.connect()
    try superuser.execute("CREATE DATABASE \(Identifier(database)) OWNER shop")
    owner = try server.connect(database: database)
    try owner.execute(script: "GRANT ALL ON SCHEMA public TO shop; SET ROLE shop")
    try owner.execute(script: script)
    try owner.execute(script: "RESET ROLE; " + (try Self.sql("bootstrap/governed.sql")))
    admin = try server.connect(user: "issuer_admin", password: Self.adminPassword, database: database)
    try admin.execute(script: "BEGIN")
    for line in try Self.sql("scopes/install.sql").split(separator: "\n") where line.hasPrefix("\\ir ") {
      try admin.execute(script: try Self.sql("scopes/" + line.dropFirst(4)))
    }
    try admin.execute(script: "COMMIT")
  }

  /// Labels as policy has them: `schema.table.column: kind`, `free` for none.
  static func rules(_ labels: KeyValuePairs<String, String>, trusted: [[String: String]] = []) throws -> String {
    let masks = labels.map { column, kind in
      let parts = column.split(separator: ".").map(String.init)
      var label = ["schema": parts[0], "table": parts[1], "column": parts[2], "rule": "\(column): \(kind)"]
      if kind != "free" { label["kind"] = kind }
      return label
    }
    return try json(["masks": masks, "trusted": trusted])
  }

  static func json(_ value: Any) throws -> String {
    String(decoding: try JSONSerialization.data(withJSONObject: value, options: [.sortedKeys]), as: UTF8.self)
  }

  /// A scope on tables, `grants` as pattern: privileges.
  func scope(
    _ name: String = "read", unmasked: Bool = false, tables: KeyValuePairs<String, [String]> = ["public.*": ["select"]],
    functions: [String] = [], except: [String] = [], writeMasked: Bool = false
  ) throws -> String {
    var privileges: [[String: Any]] = tables.map {
      ["objects": "tables", "patterns": [$0], "except": except, "privileges": $1]
    }
    if writeMasked { for index in privileges.indices { privileges[index]["writeMasked"] = true } }
    if !functions.isEmpty {
      privileges.append(["objects": "functions", "patterns": functions, "except": [String](), "privileges": ["execute"]])
    }
    return try Self.json(["name": name, "database": database, "unmasked": unmasked, "privileges": privileges] as [String: Any])
  }

  struct Compiled: Decodable {
    struct Finding: Decodable {
      var kind: String
      var object: String
      var severity: String
      var reason: String
      var cure: String
      var trustedBecause: String?
    }
    var role: String
    var state: String
    var findings: [Finding]

    func finding(_ kind: String) -> Finding? { findings.first { $0.kind == kind } }
    var refusals: [String] {
      findings.filter { $0.severity == "refuse" && $0.trustedBecause == nil }.map { "\($0.kind) \($0.object)" }
    }
  }

  @discardableResult
  func compile(_ scope: String, _ rules: String? = nil) throws -> Compiled {
    let answer = try admin.query("SELECT iss.scope_compile($1, $2)", [scope, rules]).single()[0] ?? ""
    return try Self.decode(answer)
  }

  func check(_ role: String) throws -> Compiled {
    let answer = try admin.query("SELECT iss.scope_check($1)", [role]).single()[0] ?? ""
    return try Self.decode(answer)
  }

  private static func decode(_ answer: String) throws -> Compiled {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Compiled.self, from: Data(answer.utf8))
  }

  static let leasePassword = "lease"

  /// An ephemeral role that is a member of the scope's role.
  func leaseRole(_ compiled: Compiled) throws -> String {
    let role = "jit_test_\(UUID().uuidString.prefix(8).lowercased())"
    try owner.execute("CREATE ROLE \(Identifier(role)) LOGIN PASSWORD \(Literal(Self.leasePassword))")
    try owner.execute("GRANT \(Identifier(compiled.role)) TO \(Identifier(role))")
    return role
  }

  /// Logs in as such a role.
  func lease(_ compiled: Compiled) throws -> PostgresConnection {
    try server.connect(user: leaseRole(compiled), password: Self.leasePassword, database: database)
  }

  /// The schema of the shadows of `public`.
  func shadowSchema(_ schema: String = "public") throws -> String {
    try admin.query("SELECT iss.shadow_schema($1)", [schema]).single()[0] ?? ""
  }
}

/// The SQLSTATE that a statement fails with; nil when it succeeds.
func scopeState(_ connection: PostgresConnection, _ sql: String) -> String? {
  do {
    try connection.execute(script: sql)
    return nil
  } catch {
    return error.sqlState.code
  }
}
