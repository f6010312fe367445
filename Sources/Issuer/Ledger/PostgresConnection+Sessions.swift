import IssuerAPI
import PostgresClient
import Sodium

/// Whom a token stands for.
struct TokenOwner: Sendable {
  var id: String
  var person: String
  var expiresAt: String?
}

/// A row of `issuer.tokens_json`.
private struct LedgerToken: Decodable {
  var id: String
  var person: String
  var name: String
  var createdBy: String
  var createdAt: String
  var expiresAt: String
  var revokedAt: String?
  var lastUsedAt: String?

  func token(now: String) -> Token {
    // RFC 3339 in UTC with as many decimals: texts sort as times do.
    let state: Token.State = revokedAt != nil ? .revoked : expiresAt <= now ? .expired : .valid
    return Token(
      id: id, identity: person, note: name, state: state, createdBy: createdBy, createdAt: createdAt, expiresAt: expiresAt,
      lastUsedAt: lastUsedAt)
  }
}

extension PostgresConnection {
  /// Milliseconds that are left of the lease; `IS410` when it is over.
  func sessionOpen(id: String, lease: String, proxy: String, clientAddress: String) throws -> Int {
    try queryPrepared("SELECT issuer.session_open($1, $2, $3, $4) AS left", [id, lease, proxy, clientAddress]).single()
      .integer("left")
  }

  func sessionEnd(id: String, why: String) throws { _ = try queryPrepared("SELECT issuer.session_end($1, $2)", [id, why]) }

  func sessionKill(id: String, who: String, reason: String) throws {
    try query("SELECT issuer.session_kill($1, $2, $3)", [id, who, reason])
  }

  /// Ends what a proxy's sessions were, but those that it still has.
  func sessionsLost(proxy: String, keep: [String]) throws -> Int {
    try query("SELECT issuer.sessions_lost($1, $2) AS count", [proxy, array(keep)]).single().integer("count")
  }

  func sessions(person: String?, max: Int) throws -> [SessionInfo] {
    try jsonRows(query("SELECT body::text AS body FROM issuer.sessions_json($1, $2) AS body", [person, String(max)]))
  }

  func tokenCreate(id: String, person: String, note: String, hash: [UInt8], lifetimeSeconds: Int, createdBy: String) throws {
    try query(
      "SELECT issuer.token_create($1, $2, $3, '{}', $4, now() + make_interval(secs => $5::int), $6)",
      [id, person, note, "\\x" + Hex.encode(hash), String(lifetimeSeconds), createdBy])
  }

  func tokenFind(hash: [UInt8]) throws -> TokenOwner? {
    guard let row = try query("SELECT id, person FROM issuer.token_find($1)", ["\\x" + Hex.encode(hash)]).rows.first else {
      return nil
    }
    return TokenOwner(id: try row.string("id"), person: try row.string("person"))
  }

  func tokenRevoke(id: String, who: String) throws { try query("SELECT issuer.token_revoke($1, $2)", [id, who]) }

  func tokens(person: String?) throws -> [Token] {
    let rows: [LedgerToken] = try jsonRows(query("SELECT body::text AS body FROM issuer.tokens_json($1) AS body", [person]))
    let now = Timestamp.now()
    return rows.map { $0.token(now: now) }
  }

  /// False when the very same was there.
  @discardableResult
  func checkpointPut(_ checkpoint: AuditCheckpoint) throws -> Bool {
    try query(
      "SELECT issuer.checkpoint_put($1, $2, $3, $4, $5, $6) AS new",
      [
        checkpoint.writer, String(checkpoint.sequence), checkpoint.head, checkpoint.signature, checkpoint.publicKey,
        checkpoint.at,
      ]
    ).single().boolean("new")
  }

  func checkpoints(writer: String?, eachMax: Int) throws -> [AuditCheckpoint] {
    try query(
      "SELECT writer, sequence, head, signature, public_key, at FROM issuer.checkpoints($1, $2)", [writer, String(eachMax)]
    ).rows.map { row in
      AuditCheckpoint(
        writer: try row.string("writer"), sequence: UInt64(clamping: try row.integer("sequence")), head: try row.string("head"),
        at: try row.string("at"), signature: try row.string("signature"), publicKey: try row.string("public_key"))
    }
  }
}
