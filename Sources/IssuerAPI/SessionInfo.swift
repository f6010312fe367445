/// One proxied connection under a lease (`GET /v1/sessions`: one's own, everybody's for operators and auditors).
public struct SessionInfo: Sendable, Equatable, Codable {
  public var id: String
  public var lease: String
  public var person: String
  public var scope: String
  public var database: String
  public var role: String
  /// `strict`, or `best-effort` where the proxy alone masks (docs/masking.md).
  public var enforcement: String
  /// The proxy's name.
  public var proxy: String
  public var clientAddress: String
  /// RFC 3339, the server's clock.
  public var startedAt: String

  public init(
    id: String, lease: String, person: String, scope: String, database: String, role: String, enforcement: String = "strict",
    proxy: String, clientAddress: String, startedAt: String
  ) {
    self.id = id
    self.lease = lease
    self.person = person
    self.scope = scope
    self.database = database
    self.role = role
    self.enforcement = enforcement
    self.proxy = proxy
    self.clientAddress = clientAddress
    self.startedAt = startedAt
  }
}

/// `POST /v1/sessions/{id}/kill`: one's own, anybody's for operators. Answered by the `SessionInfo` that ends.
public struct SessionKill: Sendable, Equatable, Codable {
  public var reason: String
  public init(reason: String) { self.reason = reason }
}

extension IssuerClient {
  public func sessions(all: Bool = false) throws(IssuerFailure) -> Page<SessionInfo> {
    try get("/v1/sessions", [("all", all ? "true" : nil)])
  }

  public func kill(_ session: String, reason: String) throws(IssuerFailure) -> SessionInfo {
    try post(Self.path("/v1/sessions/", session, "/kill"), SessionKill(reason: reason))
  }
}
