/// Somebody whom the issuer knows: a Unix user on its socket, or the bearer of an API token.
public struct Identity: Sendable, Equatable, Codable {
  public enum Login: Sendable, Equatable, Codable {
    /// By peer credentials of the Unix socket.
    case unix(user: String)
    /// By an API token made with `issuerctl token create`.
    case token
  }
  /// The name in rules, requests, role names and the audit log.
  public var name: String
  public var login: Login
  public var groups: [String]

  public init(name: String, login: Login, groups: [String]) {
    self.name = name
    self.login = login
    self.groups = groups
  }
}

/// Users and groups that a rule speaks of.
public struct Principals: Sendable, Equatable, Codable {
  public var users: [String]
  public var groups: [String]

  public init(users: [String] = [], groups: [String] = []) {
    self.users = users
    self.groups = groups
  }

  public func contains(_ user: String, groups memberOf: [String]) -> Bool {
    users.contains(user) || groups.contains { memberOf.contains($0) }
  }

  public var isEmpty: Bool { users.isEmpty && groups.isEmpty }

  /// For people: `alice, bob or a member of leads`.
  public var description: String {
    let names = users + groups.map { "a member of \($0)" }
    guard let last = names.last else { return "nobody" }
    return names.count == 1 ? last : names.dropLast().joined(separator: ", ") + " or " + last
  }
}
