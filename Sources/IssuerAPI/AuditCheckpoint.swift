/// A signed head of one writer's audit chain, as the ledger keeps it (`GET /v1/audit/checkpoints?writer=`, newest first; operators
/// and auditors). What is signed: docs/audit-format.md.
public struct AuditCheckpoint: Sendable, Equatable, Codable {
  public var writer: String
  public var sequence: UInt64
  /// BLAKE2b-256 of the record with that number, base64.
  public var head: String
  /// RFC 3339, the issuer's clock.
  public var at: String
  /// Ed25519, base64.
  public var signature: String
  public var publicKey: String

  public init(writer: String, sequence: UInt64, head: String, at: String, signature: String, publicKey: String) {
    self.writer = writer
    self.sequence = sequence
    self.head = head
    self.at = at
    self.signature = signature
    self.publicKey = publicKey
  }
}

/// `GET /v1/audit/public-key`: what the issuer's checkpoints are verified with.
public struct AuditPublicKey: Sendable, Equatable, Codable {
  /// Ed25519, base64.
  public var publicKey: String
  public init(publicKey: String) { self.publicKey = publicKey }
}

extension IssuerClient {
  /// - Parameter writer: nil for every writer's.
  public func checkpoints(writer: String? = nil) throws(IssuerFailure) -> Page<AuditCheckpoint> {
    try get("/v1/audit/checkpoints", [("writer", writer)])
  }

  public func auditPublicKey() throws(IssuerFailure) -> AuditPublicKey { try get("/v1/audit/public-key") }
}
