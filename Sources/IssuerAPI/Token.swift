/// `POST /v1/tokens` (operators): an API token for a remote caller or a CI job. Answered by `TokenCreated`.
public struct TokenCreate: Sendable, Equatable, Codable {
  /// A name of the policy file's `identities:` whose `login` is `token`.
  public var identity: String
  /// What the token is for, for people.
  public var note: String
  public var lifetimeSeconds: Int
  public init(identity: String, note: String = "", lifetimeSeconds: Int) {
    self.identity = identity
    self.note = note
    self.lifetimeSeconds = lifetimeSeconds
  }
}

/// The only answer that ever holds the token's text; the issuer stores a hash.
public struct TokenCreated: Sendable, Equatable, Codable {
  public var token: Token
  /// `iss_...`, for `Authorization: Bearer`. Never logged.
  public var secret: String
  public init(token: Token, secret: String) {
    self.token = token
    self.secret = secret
  }
}

/// An API token as `GET /v1/tokens` lists it. `DELETE /v1/tokens/{id}` revokes it and answers with it.
public struct Token: Sendable, Equatable, Codable {
  public enum State: String, Sendable, Equatable, Codable, CaseIterable { case valid, expired, revoked }
  public var id: String
  public var identity: String
  public var note: String
  public var state: State
  public var createdBy: String
  /// RFC 3339, the server's clock, like the others below.
  public var createdAt: String
  public var expiresAt: String
  public var lastUsedAt: String?

  public init(
    id: String, identity: String, note: String, state: State, createdBy: String, createdAt: String, expiresAt: String,
    lastUsedAt: String? = nil
  ) {
    self.id = id
    self.identity = identity
    self.note = note
    self.state = state
    self.createdBy = createdBy
    self.createdAt = createdAt
    self.expiresAt = expiresAt
    self.lastUsedAt = lastUsedAt
  }
}

extension IssuerClient {
  public func createToken(_ token: TokenCreate) throws(IssuerFailure) -> TokenCreated { try post("/v1/tokens", token) }

  public func tokens() throws(IssuerFailure) -> Page<Token> { try get("/v1/tokens") }

  public func revokeToken(_ id: String) throws(IssuerFailure) -> Token { try call("DELETE", Self.path("/v1/tokens/", id)) }
}
