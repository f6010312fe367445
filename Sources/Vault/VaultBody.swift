import FoundationEssentials
import Sodium

/// What the vault keeps secret. A value; the secrets in it are shared, never copied.
public struct VaultBody: Sendable, Equatable {
  /// Admin credentials by the cluster's name in policy.
  public var clusters: [String: AdminCredential]
  /// Keys from which lease passwords are derived; old ones stay until no lease uses them.
  public var derivationKeys: [UInt32: DerivationKey]
  /// The key for new leases.
  public var currentDerivationKeyID: UInt32
  /// Seed of the Ed25519 key that signs audit checkpoints.
  public var auditSigningKey: SecretBytes
  /// Passwords of service accounts, by `cluster/role`.
  public var staticRoles: [String: RotatingSecret]
  /// Anything else that must not lie in a configuration file, by name.
  public var otherSecrets: [String: SecretBytes]

  /// A body of fresh keys and no credentials.
  public init() throws {
    let now = UInt64(max(0, Date().timeIntervalSince1970))
    clusters = [:]
    derivationKeys = [
      1: DerivationKey(
        secret: try .random(count: VaultLimits.derivationKeyBytes), createdAtSeconds: now)
    ]
    currentDerivationKeyID = 1
    auditSigningKey = try SigningKey.generateSeed()
    staticRoles = [:]
    otherSecrets = [:]
  }

  /// Parts that were read.
  init(
    clusters: [String: AdminCredential], derivationKeys: [UInt32: DerivationKey],
    currentDerivationKeyID: UInt32,
    auditSigningKey: SecretBytes, staticRoles: [String: RotatingSecret],
    otherSecrets: [String: SecretBytes]
  ) {
    self.clusters = clusters
    self.derivationKeys = derivationKeys
    self.currentDerivationKeyID = currentDerivationKeyID
    self.auditSigningKey = auditSigningKey
    self.staticRoles = staticRoles
    self.otherSecrets = otherSecrets
  }

  /// Makes a new derivation key and lets new leases use it. Leases keep the id of theirs.
  /// - Returns: the new key's id.
  @discardableResult
  public mutating func addDerivationKey() throws -> UInt32 {
    let (id, overflow) = (derivationKeys.keys.max() ?? 0).addingReportingOverflow(1)
    precondition(!overflow)
    let now = UInt64(max(0, Date().timeIntervalSince1970))
    derivationKeys[id] = DerivationKey(
      secret: try .random(count: VaultLimits.derivationKeyBytes), createdAtSeconds: now)
    currentDerivationKeyID = id
    return id
  }
}

/// A password that changes: the one in force, the one being set, and the one before.
///
/// Rotation seals `pending` first, then sets it in PostgreSQL, then calls `promote()`; whoever finds both after a crash tries both.
public struct RotatingSecret: Sendable, Equatable {
  public var current: SecretBytes
  public var pending: SecretBytes?
  public var previous: SecretBytes?

  /// Groups secrets.
  public init(current: SecretBytes, pending: SecretBytes? = nil, previous: SecretBytes? = nil) {
    self.current = current
    self.pending = pending
    self.previous = previous
  }

  /// The pending secret becomes the current one; nothing happens without one.
  public mutating func promote() {
    guard let pending else { return }
    previous = current
    current = pending
    self.pending = nil
  }
}

/// How the issuer logs in to a cluster as its admin role.
public struct AdminCredential: Sendable, Equatable {
  /// Host name, address, or directory of a Unix socket.
  public var host: String
  public var port: UInt16
  public var user: String
  public var database: String
  public var secret: RotatingSecret

  /// Groups the parts; `Vault` checks their limits when it writes.
  public init(host: String, port: UInt16, user: String, database: String, secret: RotatingSecret) {
    self.host = host
    self.port = port
    self.user = user
    self.database = database
    self.secret = secret
  }

  /// A credential with one password.
  public init(host: String, port: UInt16, user: String, database: String, password: SecretBytes) {
    self.init(
      host: host, port: port, user: user, database: database,
      secret: RotatingSecret(current: password))
  }
}

/// A key from which lease passwords are derived (`KeyDerivation.derive`).
public struct DerivationKey: Sendable, Equatable {
  /// 32 bytes.
  public var secret: SecretBytes
  /// Seconds since 1970-01-01 UTC.
  public var createdAtSeconds: UInt64

  /// Groups the parts.
  public init(secret: SecretBytes, createdAtSeconds: UInt64) {
    self.secret = secret
    self.createdAtSeconds = createdAtSeconds
  }
}
