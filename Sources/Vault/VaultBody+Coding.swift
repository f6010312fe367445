import Sodium

extension VaultBody {
  private static let pendingFlag: UInt8 = 1
  private static let previousFlag: UInt8 = 2

  /// Checks every limit of the format.
  /// - Throws: `VaultFormatError` with `invalid`, which names the field, never its content.
  func validate() throws {
    func require(_ holds: Bool, _ what: String) throws {
      if !holds {
        throw VaultFormatError(
          code: .invalid, message: "\(what) is outside its limits (docs/vault-format.md)")
      }
    }
    func require(_ secret: RotatingSecret, _ what: String) throws {
      for one in [secret.current, secret.pending, secret.previous].compactMap({ $0 }) {
        try require(VaultLimits.secretBytes.contains(one.count), what)
      }
    }
    try require(clusters.count <= VaultLimits.clustersMax, "the number of clusters")
    for (name, cluster) in clusters {
      try require(VaultLimits.clusterNameBytes.contains(name.utf8.count), "a cluster's name")
      try require(
        VaultLimits.hostBytes.contains(cluster.host.utf8.count), "the host of cluster \(name)")
      try require(cluster.port > 0, "the port of cluster \(name)")
      try require(
        VaultLimits.identifierBytes.contains(cluster.user.utf8.count), "the user of cluster \(name)"
      )
      try require(
        VaultLimits.identifierBytes.contains(cluster.database.utf8.count),
        "the database of cluster \(name)")
      try require(cluster.secret, "a secret of cluster \(name)")
    }
    try require(
      VaultLimits.derivationKeys.contains(derivationKeys.count), "the number of derivation keys")
    for key in derivationKeys.values {
      try require(key.secret.count == VaultLimits.derivationKeyBytes, "a derivation key")
    }
    try require(derivationKeys[currentDerivationKeyID] != nil, "the current derivation key's id")
    try require(auditSigningKey.count == VaultLimits.signingSeedBytes, "the audit signing key")
    try require(staticRoles.count <= VaultLimits.staticRolesMax, "the number of static roles")
    for (name, secret) in staticRoles {
      try require(VaultLimits.staticRoleNameBytes.contains(name.utf8.count), "a static role's name")
      try require(secret, "a secret of static role \(name)")
    }
    try require(otherSecrets.count <= VaultLimits.otherSecretsMax, "the number of other secrets")
    for (name, secret) in otherSecrets {
      try require(VaultLimits.clusterNameBytes.contains(name.utf8.count), "the name of a secret")
      try require(VaultLimits.secretBytes.contains(secret.count), "the secret \(name)")
    }
  }

  /// The plaintext, in locked memory.
  func encode() throws -> SecretBytes {
    try validate()
    var writer = BodyWriter()
    writer.put(UInt16(clusters.count))
    for (name, cluster) in Self.ascending(clusters) {
      writer.put(name, length: UInt8.self)
      writer.put(cluster.host, length: UInt16.self)
      writer.put(cluster.port)
      writer.put(cluster.user, length: UInt8.self)
      writer.put(cluster.database, length: UInt8.self)
      Self.encode(cluster.secret, into: &writer)
    }
    writer.put(UInt16(derivationKeys.count))
    for (id, key) in derivationKeys.sorted(by: { $0.key < $1.key }) {
      writer.put(id)
      writer.put(key.createdAtSeconds)
      writer.put(raw: key.secret)
    }
    writer.put(currentDerivationKeyID)
    writer.put(raw: auditSigningKey)
    writer.put(UInt16(staticRoles.count))
    for (name, secret) in Self.ascending(staticRoles) {
      writer.put(name, length: UInt8.self)
      Self.encode(secret, into: &writer)
    }
    writer.put(UInt16(otherSecrets.count))
    for (name, secret) in Self.ascending(otherSecrets) {
      writer.put(name, length: UInt8.self)
      writer.put(secret)
    }
    let body = try writer.finish()
    guard VaultLimits.sealedBodyBytes.contains(body.count + AuthenticatedBox.tagBytes) else {
      throw VaultFormatError(
        code: .invalid, message: "the whole body is above its ceiling of 8 MiB")
    }
    return body
  }

  /// Reads the plaintext.
  /// - Throws: `VaultFormatError` with `corrupted`
  init(decoding body: SecretBytes) throws {
    var reader = BodyReader(body)
    var clusters: [String: AdminCredential] = [:]
    var last: String?
    for _ in 0..<(try reader.count(0...VaultLimits.clustersMax, "clusters")) {
      let name = try Self.nextName(VaultLimits.clusterNameBytes, after: &last, from: &reader)
      let host = try reader.text(VaultLimits.hostBytes, length: UInt16.self)
      let port: UInt16 = try reader.number()
      guard port > 0 else { throw VaultFormatError.corrupted("a cluster's port is 0") }
      let user = try reader.text(VaultLimits.identifierBytes, length: UInt8.self)
      let database = try reader.text(VaultLimits.identifierBytes, length: UInt8.self)
      let secret = try Self.rotatingSecret(from: &reader)
      clusters[name] = AdminCredential(
        host: host, port: port, user: user, database: database, secret: secret)
    }
    var keys: [UInt32: DerivationKey] = [:]
    var lastID: UInt32?
    for _ in 0..<(try reader.count(VaultLimits.derivationKeys, "derivation keys")) {
      let id: UInt32 = try reader.number()
      if let lastID, id <= lastID {
        throw VaultFormatError.corrupted("derivation keys do not ascend")
      }
      lastID = id
      let createdAt: UInt64 = try reader.number()
      keys[id] = DerivationKey(
        secret: try reader.secret(raw: VaultLimits.derivationKeyBytes), createdAtSeconds: createdAt)
    }
    let currentID: UInt32 = try reader.number()
    guard keys[currentID] != nil else {
      throw VaultFormatError.corrupted("the current derivation key does not exist")
    }
    let seed = try reader.secret(raw: VaultLimits.signingSeedBytes)
    var staticRoles: [String: RotatingSecret] = [:]
    last = nil
    for _ in 0..<(try reader.count(0...VaultLimits.staticRolesMax, "static roles")) {
      let name = try Self.nextName(VaultLimits.staticRoleNameBytes, after: &last, from: &reader)
      staticRoles[name] = try Self.rotatingSecret(from: &reader)
    }
    var otherSecrets: [String: SecretBytes] = [:]
    last = nil
    for _ in 0..<(try reader.count(0...VaultLimits.otherSecretsMax, "other secrets")) {
      let name = try Self.nextName(VaultLimits.clusterNameBytes, after: &last, from: &reader)
      otherSecrets[name] = try reader.secret()
    }
    try reader.finish()
    self.init(
      clusters: clusters, derivationKeys: keys, currentDerivationKeyID: currentID,
      auditSigningKey: seed, staticRoles: staticRoles,
      otherSecrets: otherSecrets)
  }

  private static func ascending<Value>(_ entries: [String: Value]) -> [(key: String, value: Value)] {
    entries.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
  }

  private static func nextName(
    _ limits: ClosedRange<Int>, after last: inout String?, from reader: inout BodyReader
  ) throws -> String {
    let name = try reader.text(limits, length: UInt8.self)
    if let last, !last.utf8.lexicographicallyPrecedes(name.utf8) {
      throw VaultFormatError.corrupted("names in the body do not ascend")
    }
    last = name
    return name
  }

  private static func encode(_ secret: RotatingSecret, into writer: inout BodyWriter) {
    writer.put(
      (secret.pending == nil ? 0 : pendingFlag) | (secret.previous == nil ? 0 : previousFlag))
    for one in [secret.current, secret.pending, secret.previous].compactMap({ $0 }) {
      writer.put(one)
    }
  }

  private static func rotatingSecret(from reader: inout BodyReader) throws -> RotatingSecret {
    let flags: UInt8 = try reader.number()
    guard flags & ~(pendingFlag | previousFlag) == 0 else {
      throw VaultFormatError.corrupted("unknown flags stand before a secret")
    }
    return RotatingSecret(
      current: try reader.secret(),
      pending: flags & pendingFlag != 0 ? try reader.secret() : nil,
      previous: flags & previousFlag != 0 ? try reader.secret() : nil)
  }
}
