import Policy

/// `GET /v1/scopes/{name}/masks` (operators and auditors): the masked tables that a session of the scope would be given, of the policy in
/// force and as the scope was compiled last.
public struct ScopeMasks: Sendable, Equatable, Codable {
  public var scope: String
  public var database: String
  public var state: ScopeInfo.State
  /// Empty for an `unmasked` scope.
  public var tables: [MaskedTable]

  public init(scope: String, database: String, state: ScopeInfo.State, tables: [MaskedTable]) {
    self.scope = scope
    self.database = database
    self.state = state
    self.tables = tables
  }
}

extension IssuerClient {
  public func masks(ofScope name: String) throws(IssuerFailure) -> ScopeMasks {
    try get(Self.path("/v1/scopes/", name, "/masks"))
  }
}
