/// What the policy file says, validated whole: whoever holds a `Policy` holds one that can be enforced. Only `PolicyFile` makes it.
public struct Policy: Sendable, Equatable, Codable {
  /// The cluster that this policy governs, as named in issuerd's configuration.
  public internal(set) var cluster: String
  public internal(set) var identities: [Identity]
  /// May sweep, rotate, revoke, kill, make tokens, reload policy, and see everything.
  public internal(set) var operators: Principals
  /// May see everything.
  public internal(set) var auditors: Principals
  public internal(set) var databases: [DatabaseRules]
  public internal(set) var scopes: [Scope]
  /// In the order of the file, which is the order in which they are tried.
  public internal(set) var access: [AccessRule]

  /// The identity of a Unix user, as the issuer's socket tells it by peer credentials.
  public func identity(unixUser: String) -> Identity? { identities.first { $0.login == .unix(user: unixUser) } }

  public func identity(named name: String) -> Identity? { identities.first { $0.name == name } }

  public func scope(named name: String) -> Scope? { scopes.first { $0.name == name } }

  public func database(named name: String) -> DatabaseRules? { databases.first { $0.name == name } }

  public func operates(_ identity: Identity) -> Bool { operators.contains(identity.name, groups: identity.groups) }

  /// Operators audit as well.
  public func audits(_ identity: Identity) -> Bool {
    auditors.contains(identity.name, groups: identity.groups) || operates(identity)
  }
}
