import FoundationEssentials
import OpenSSL
import PostgresWire
import Sodium
import Vault

/// What belongs to a lease and is written down nowhere: derived from a vault key and the lease's id whenever it is needed
/// (docs/vault-format.md, "Derived secrets").
struct LeaseSecrets: Sendable {
  /// Iterations of the connect verifier, and of roles that are delivered directly: drivers insist on them.
  static let strongIterations = 4096
  /// For roles that only our proxy logs in as: the password has 256 random bits, so iterations would add nothing but time.
  static let proxyIterations = 1

  private let key: SecretBytes
  private let lease: UUID

  init(body: VaultBody, keyID: String, lease: String) throws {
    guard let number = UInt32(keyID), let key = body.derivationKeys[number] else {
      throw VaultError(
        .corrupted, path: "vault", message: "the derivation key \(keyID.prefix(20)) of a lease is not in the vault",
        next: "restore the vault that issued it, or revoke the lease")
    }
    guard let lease = UUID(uuidString: lease) else { preconditionFailure("a lease's id is a UUID") }
    self.key = key.secret
    self.lease = lease
  }

  /// The ephemeral role's own password in PostgreSQL, as the text that is handed out: made at the last moment, and let go.
  func rolePassword() throws -> String { try text("iss-role") }

  /// What the lease's holder proves to the proxy, as text. Worth nothing at the database.
  func connectSecret() throws -> String { try text("iss-conn") }

  /// The keys that log in as the role.
  func roleKeys(iterations: Int) throws -> (keys: ScramKeys, salt: [UInt8]) {
    let salt = try roleSalt()
    return (try keys(of: "iss-role", salt: salt, iterations: iterations), salt)
  }

  /// The verifier that PostgreSQL gets instead of a password.
  func roleVerifier(iterations: Int) throws -> ScramVerifier {
    let (keys, salt) = try roleKeys(iterations: iterations)
    return keys.verifier(salt: salt, iterations: iterations)
  }

  func connectVerifier(salt: [UInt8]) throws -> ScramVerifier {
    try keys(of: "iss-conn", salt: salt, iterations: Self.strongIterations).verifier(
      salt: salt, iterations: Self.strongIterations)
  }

  /// The keyed digest that marks a role as ours (contract of COMMENT ON ROLE), over the lease's id and the role's name.
  func mark(role: String) throws -> String {
    let key = try KeyDerivation.derive(from: key, context: "iss-mark", uuid: lease)
    return Hex.encode(Digest.blake2b(Array("\(lease.uuidString.lowercased()) \(role)".utf8), key: key))
  }

  private func roleSalt() throws -> [UInt8] {
    try KeyDerivation.withDerived(from: key, context: "iss-salt", uuid: lease) { bytes in (0..<16).map { bytes[$0] } }
  }

  private func text(_ context: String) throws -> String {
    try KeyDerivation.withDerived(from: key, context: context, uuid: lease) { Base64URL.encode($0) }
  }

  private func keys(of context: String, salt: [UInt8], iterations: Int) throws -> ScramKeys {
    var clear = Array(try text(context).utf8)
    defer { clear.wipe() }
    return ScramKeys(password: clear, salt: salt, iterations: iterations)
  }
}
