import IssuerAPI
import Policy

/// A policy in force: its scopes are compiled in the databases.
struct LoadedPolicy: Sendable {
  var engine: DecisionEngine
  /// BLAKE2b-256 of the file, hex.
  var fingerprint: String
  /// RFC 3339.
  var loadedAt: String
  /// By the scope's name.
  var compiled: [String: CompiledScope]

  var policy: Policy { engine.policy }

  var live: PolicyLive {
    PolicyLive(
      fingerprint: fingerprint, loadedAt: loadedAt,
      scopes: policy.scopes.map { scope in
        PolicyLive.LiveScope(
          name: scope.name, database: scope.database, state: state(of: scope.name), enforcement: scope.enforcement.rawValue,
          findings: compiled[scope.name]?.findings ?? []
        )
      })
  }

  func masks(of name: String) throws(APIError) -> ScopeMasks {
    guard let scope = policy.scope(named: name) else { throw .notFound("the scope \(name.prefix(64)) in the policy") }
    return ScopeMasks(
      scope: name, database: scope.database, state: state(of: name), tables: compiled[name]?.maskedTables ?? [])
  }

  func state(of scope: String) -> ScopeInfo.State {
    switch compiled[scope]?.state {
    case .ready: .ready
    case .refused: .refused
    case .compiling, .retiring, nil: .compiling
    }
  }

  /// Whether the catalogs were looked at and something would go round the scope. A database that could not be reached proves nothing
  /// against leases that run.
  func isFoundUnenforceable(_ scope: String) -> Bool {
    guard let compiled = compiled[scope], compiled.state == .refused else { return false }
    return compiled.findings.contains { $0.severity == .refusal && $0.kind != ScopeLoader.notCompiled }
  }

  /// Why a scope is refused, in a sentence; nil when it is not.
  func refusal(of scope: String) -> ScopeFinding? { compiled[scope]?.findings.first { $0.severity == .refusal } }
}
