import Audit
import IssuerAPI
import Policy
import PostgresClient
import Sodium

/// API tokens for remote callers: 32 random bytes that are shown once; the ledger keeps a keyed digest.
extension IssuerService {
  static let tokenPrefix = "iss_"

  func createToken(_ create: TokenCreate, by caller: Caller) async throws -> TokenCreated {
    try requireOperator(caller, to: "make tokens")
    try Self.checkText(create.note, "note", bytesMax: 200)
    guard (60...31_536_000).contains(create.lifetimeSeconds) else {
      throw APIError.invalid("lifetimeSeconds is not between 60 and 31536000", next: "a year is the longest")
    }
    guard let identity = try policies.current.policy.identity(named: create.identity), identity.login == .token else {
      throw APIError.invalid(
        "\(create.identity) is no identity with `login: token` in the policy", next: "add it under `identities:` and reload")
    }
    let secret = Self.tokenPrefix + Base64URL.encode(Random.bytes(32))
    let id = Self.newID()
    let hash = try tokenHash(secret)
    try await trail.record(
      IssuerEvent(
        .tokenCreated, actor: caller.person, person: create.identity, text: create.note,
        details: ["token": id, "lifetimeSeconds": String(create.lifetimeSeconds)]))
    let tokens = try await pool.run { connection in
      try connection.tokenCreate(
        id: id, person: create.identity, note: create.note, hash: hash, lifetimeSeconds: create.lifetimeSeconds,
        createdBy: caller.person)
      return try connection.tokens(person: create.identity)
    }
    guard let token = tokens.first(where: { $0.id == id }) else { throw APIError.notFound("token \(id)") }
    return TokenCreated(token: token, secret: secret)
  }

  func tokens(for caller: Caller) async throws -> Page<Token> {
    let person = try audits(caller) ? nil : caller.person
    return Page(items: try await pool.run { try $0.tokens(person: person) })
  }

  func revokeToken(_ id: String, by caller: Caller) async throws -> Token {
    guard let token = try await tokens(for: caller).items.first(where: { $0.id == id }) else {
      throw APIError.notFound("token with that id")
    }
    if token.identity != caller.person { try requireOperator(caller, to: "revoke the token of \(token.identity)") }
    try await trail.record(
      IssuerEvent(.tokenRevoked, actor: caller.person, person: token.identity, details: ["token": id]))
    try await pool.run { try $0.tokenRevoke(id: id, who: caller.person) }
    return try await tokens(for: caller).items.first { $0.id == id } ?? token
  }

  /// The caller that a bearer token stands for; nil for a token that is unknown, expired or revoked, or whose identity left the policy.
  func caller(token: String) async throws -> Caller? {
    guard token.hasPrefix(Self.tokenPrefix), token.utf8.count <= 100 else { return nil }
    let hash = try tokenHash(token)
    guard let owner = try await pool.run({ try $0.tokenFind(hash: hash) }),
      let identity = try policies.current.policy.identity(named: owner.person), identity.login == .token
    else { return nil }
    return Caller(person: identity.name, groups: identity.groups, proof: .token, tokenExpiresAt: owner.expiresAt)
  }

  /// Keyed, so that the ledger's copy is of no use for finding tokens without the vault.
  private func tokenHash(_ token: String) throws -> [UInt8] {
    let keys = vault.body.derivationKeys
    guard let first = keys.keys.min(), let key = keys[first] else {
      preconditionFailure("a vault without derivation keys was opened")
    }
    let hashKey = try KeyDerivation.subkey(of: key.secret, id: 1, context: "isstoken")
    return Digest.blake2b(Array(token.utf8), key: hashKey)
  }
}
