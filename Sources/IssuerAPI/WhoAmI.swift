/// `GET /v1/whoami`: whom the issuer takes the caller for.
public struct WhoAmI: Sendable, Equatable, Codable {
  /// How the caller proved it.
  public enum Proof: String, Sendable, Equatable, Codable, CaseIterable { case unixPeer, token }
  public var person: String
  public var groups: [String]
  public var proof: Proof
  /// May sweep, rotate, revoke others' leases, kill sessions and make tokens (policy's `operators:`).
  public var operates: Bool
  /// May see everybody's requests, leases and sessions (policy's `auditors:`; operators may as well).
  public var audits: Bool
  /// RFC 3339; nil for a Unix peer.
  public var tokenExpiresAt: String?

  public init(
    person: String, groups: [String], proof: Proof, operates: Bool, audits: Bool, tokenExpiresAt: String? = nil
  ) {
    self.person = person
    self.groups = groups
    self.proof = proof
    self.operates = operates
    self.audits = audits
    self.tokenExpiresAt = tokenExpiresAt
  }
}

extension IssuerClient {
  public func whoAmI() throws(IssuerFailure) -> WhoAmI { try get("/v1/whoami") }
}
