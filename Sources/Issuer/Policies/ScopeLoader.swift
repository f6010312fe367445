import Foundation
import IssuerAPI
import Logging
import Policy
import PostgresClient

/// Compiles a policy's scopes in their databases and keeps the ledger's list of them in step. Blocks: it talks to several databases.
struct ScopeLoader: Sendable {
  /// The kind of finding that says that a scope could not be looked at.
  static let notCompiled = "not_compiled"

  let connector: LedgerConnector
  let compiler: ScopeCompiler
  let logger: Logger

  /// Compiles every scope. A scope that must not load is refused and stands in nobody's way; a database that cannot be reached refuses
  /// the scopes of that database.
  func compile(_ policy: Policy) throws -> [String: CompiledScope] {
    let ledger = try connector.ledger("scopes")
    var compiled: [String: CompiledScope] = [:]
    for (database, scopes) in Dictionary(grouping: policy.scopes, by: \.database) {
      do {
        let connection = try connector.governed(database, "scopes")
        for scope in scopes {
          compiled[scope.name] = try compile(scope, policy, connection, ledger)
        }
      } catch let error as PostgresError {
        logger.error("scopes cannot be compiled", metadata: ["database": "\(database)", "error": "\(error)"])
        for scope in scopes where compiled[scope.name] == nil { compiled[scope.name] = Self.refused(scope, error) }
      }
    }
    try retireOthers(compiled, ledger)
    return compiled
  }

  /// Looks again at scopes that are compiled: catalogs change under them.
  func check(_ known: [String: CompiledScope]) throws -> [String: CompiledScope] {
    let ledger = try connector.ledger("scopes")
    var checked = known
    for (database, scopes) in Dictionary(grouping: known.values.filter { !$0.role.isEmpty }, by: \.database) {
      let connection = try connector.governed(database, "scopes")
      for scope in scopes {
        let fresh = try compiler.check(role: scope.role, on: connection)
        checked[scope.scope] = fresh
        if fresh.state != scope.state { try tell(ledger, fresh) }
      }
    }
    try collect(ledger)
    return checked
  }

  private func compile(
    _ scope: Scope, _ policy: Policy, _ connection: PostgresConnection, _ ledger: PostgresConnection
  ) throws -> CompiledScope {
    do {
      let role = try compiler.role(of: scope, on: connection)
      let hash = String(role.dropFirst("iss_scope_".count))
      try ledger.query(
        "SELECT issuer.scope_begin($1, $2, $3, $4)",
        [hash, scope.name, scope.database, String(decoding: try JSONEncoder().encode(scope), as: UTF8.self)])
      guard let rules = policy.database(named: scope.database) else {
        throw PostgresError(sqlState: .invalidParameterValue, message: "the policy does not list the database \(scope.database)")
      }
      let result = try compiler.compile(scope, rules: rules, on: connection)
      try tell(ledger, result)
      return result
    } catch let error as PostgresError where !error.isConnectionLost {
      logger.error("a scope cannot be compiled", metadata: ["scope": "\(scope.name)", "error": "\(error)"])
      return Self.refused(scope, error)
    }
  }

  private func tell(_ ledger: PostgresConnection, _ scope: CompiledScope) throws {
    let findings = String(decoding: try JSONEncoder().encode(scope.findings), as: UTF8.self)
    // Two calls by name: the ledger's functions are the interface, and no name in SQL is put together.
    if scope.isReady {
      try ledger.query("SELECT issuer.scope_ready($1, $2)", [scope.hash, findings])
    } else {
      try ledger.query("SELECT issuer.scope_failed($1, $2)", [scope.hash, findings])
    }
  }

  /// Scopes that left the policy are issued no more; those that no lease uses are taken away.
  private func retireOthers(_ compiled: [String: CompiledScope], _ ledger: PostgresConnection) throws {
    let kept = compiled.values.filter { !$0.role.isEmpty }.map(\.hash)
    try ledger.query(
      "SELECT issuer.scope_retire(hash) FROM issuer.scope WHERE state IN ('ready', 'compiling') AND hash <> ALL ($1)",
      [PostgresArray.text(kept.map { $0 })])
    try collect(ledger)
  }

  private func collect(_ ledger: PostgresConnection) throws {
    for row in try ledger.query("SELECT hash, database, role_name FROM issuer.scope_retirable()").rows {
      let (hash, database, role) = (try row.string("hash"), try row.string("database"), try row.string("role_name"))
      do {
        let connection = try connector.governed(database, "scopes")
        try compiler.retire(role: role, on: connection)
        try compiler.sweep(on: connection)
        try ledger.query("SELECT issuer.scope_drop($1)", [hash])
      } catch let error as PostgresError {
        // It does no harm while it stays, and is tried again at the next sweep.
        logger.warning("a retired scope cannot be dropped yet", metadata: ["role": "\(role)", "error": "\(error)"])
      }
    }
  }

  /// A scope that could not be looked at: nothing proves it harmless, so it does not load.
  private static func refused(_ scope: Scope, _ error: PostgresError) -> CompiledScope {
    CompiledScope(
      scope: scope.name, database: scope.database, role: "", state: .refused,
      findings: [
        ScopeFinding(
          severity: .refusal, kind: notCompiled, object: scope.database,
          message: "\(error.message) (SQLSTATE \(error.sqlState.code))",
          cure: error.hint ?? "")
      ])
  }
}
