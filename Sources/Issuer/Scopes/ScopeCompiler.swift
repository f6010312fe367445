import Foundation
import IssuerAPI
import Policy
import PostgresClient

/// Makes policy's scopes into roles of a governed database (DESIGN sections 6 and 9): labels, shadows, column grants, and the search
/// for what would go round them. All of it is SQL in schema `iss`; this calls it.
///
/// Every method takes the issuer's admin's connection to the governed database, outside a transaction.
public struct ScopeCompiler: Sendable {
  private let schema: ScopeSchema

  public init(schema: ScopeSchema) { self.schema = schema }

  /// Loads the database's rules and compiles one scope, in one transaction. What is masked now is revoked from every scope role of
  /// the database by the time it returns. Safe to repeat.
  ///
  /// - Throws: `PostgresError` (`42710` when the role's name is somebody else's, `42501` when the admin lacks a right), or
  ///   `DecodingError`. A scope that must not load is no error: its state is `refused` and its findings say why.
  public func compile(_ scope: Scope, rules: DatabaseRules, on connection: PostgresConnection) throws -> CompiledScope {
    try schema.install(on: connection)
    return try retrying(connection) { try run(scope, rules, connection) }
  }

  /// The same without leaving a trace: what compiling would say (`policy check --live` before a policy is loaded).
  public func preview(_ scope: Scope, rules: DatabaseRules, on connection: PostgresConnection) throws -> CompiledScope {
    try schema.install(on: connection)
    try connection.query("BEGIN")
    defer { _ = try? connection.query("ROLLBACK") }
    return try run(scope, rules, connection)
  }

  /// Looks again at a scope that is compiled (after DDL, at each sweep): new partitions and columns are taken in, grants made good,
  /// findings sought.
  ///
  /// - Throws: `42704` when the scope was never compiled.
  public func check(role: String, on connection: PostgresConnection) throws -> CompiledScope {
    try retrying(connection) {
      try connection.query("SELECT * FROM iss.shadow_rebuild()")
      let answer = try connection.query("SELECT iss.scope_check($1) AS answer", [role])
      return try compiled(answer.single().string("answer"), connection)
    }
  }

  /// No new leases of this role; it is dropped by a later `sweep`, when no lease uses it.
  public func retire(role: String, on connection: PostgresConnection) throws {
    try connection.query("SELECT iss.scope_retire($1)", [role])
  }

  /// Takes from a role all that it holds in this database and forgets its scope; the ledger drops the role itself
  /// (`issuer.scope_drop`).
  public func release(role: String, on connection: PostgresConnection) throws {
    try retrying(connection) { _ = try connection.query("SELECT iss.scope_release($1)", [role]) }
  }

  /// Drops the roles of retiring scopes that no lease uses.
  ///
  /// - Returns: the names of the roles that were dropped.
  @discardableResult
  public func sweep(on connection: PostgresConnection) throws -> [String] {
    try connection.transaction {
      try connection.query("SELECT role_name FROM iss.scope_sweep() WHERE dropped").rows.map { try $0.string("role_name") }
    }
  }

  /// The role that a scope compiles into.
  public func role(of scope: Scope, on connection: PostgresConnection) throws -> String {
    try schema.install(on: connection)
    return try connection.query("SELECT iss.scope_role($1) AS role", [try Self.json(Definition(scope))]).single().string("role")
  }

  private func run(_ scope: Scope, _ rules: DatabaseRules, _ connection: PostgresConnection) throws -> CompiledScope {
    let answer = try connection.query(
      "SELECT iss.scope_compile($1, $2) AS answer", [try Self.json(Definition(scope)), try Self.json(rules)])
    return try compiled(answer.single().string("answer"), connection)
  }

  private func compiled(_ json: String, _ connection: PostgresConnection) throws -> CompiledScope {
    let answer = try ScopeAnswer(json: json)
    return CompiledScope(
      scope: answer.scope, database: answer.database, role: answer.role, state: answer.state,
      findings: ScopeFinding.sorted(answer.findings.map { ScopeFinding($0) }),
      maskedTables: try MaskedCatalog.tables(role: answer.role, on: connection))
  }

  /// Grants write to the same catalog rows as everybody's DDL: a few collisions are nobody's fault.
  private func retrying<Value>(_ connection: PostgresConnection, _ body: () throws -> Value) throws -> Value {
    for _ in 1..<5 {
      do {
        return try connection.transaction(body)
      } catch let error as PostgresError where error.isRetryable || error.sqlState == Self.tupleConcurrentlyUpdated {
        continue
      }
    }
    return try connection.transaction(body)
  }

  private static let tupleConcurrentlyUpdated: SQLState = "XX000"

  /// The part of a scope that its role depends on; other changes of policy keep the role.
  private struct Definition: Encodable {
    var name: String
    var database: String
    var unmasked: Bool
    var privileges: [ScopePrivilege]
    var role: String?
    /// Nil for `strict`, so that the names of other scopes' roles stay what they are.
    var enforcement: Scope.Enforcement?
    /// That leases may come without the proxy, nil when not. The role does not depend on it, but what is found in its way does.
    var direct: Bool?

    init(_ scope: Scope) {
      (name, database, unmasked, privileges) = (scope.name, scope.database, scope.unmasked, scope.privileges)
      role = scope.role
      enforcement = scope.enforcement == .strict ? nil : scope.enforcement
      direct = scope.delivery.contains(.direct) ? true : nil
    }
  }

  private static func json(_ value: some Encodable) throws -> String {
    String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
  }
}
