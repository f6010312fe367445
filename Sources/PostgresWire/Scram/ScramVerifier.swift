import OpenSSL

/// What a server keeps of a password: enough to check a proof, not to make one.
public struct ScramVerifier: Sendable, Equatable, CustomStringConvertible {
  public let iterations: Int
  public let salt: [UInt8]
  public let storedKey: [UInt8]
  public let serverKey: WipedBytes

  /// Nil unless the keys have 32 bytes, and salt and iterations are not empty.
  public init?(iterations: Int, salt: [UInt8], storedKey: [UInt8], serverKey: WipedBytes) {
    guard storedKey.count == 32, serverKey.count == 32, iterations > 0, !salt.isEmpty else { return nil }
    self.iterations = iterations
    self.salt = salt
    self.storedKey = storedKey
    self.serverKey = serverKey
  }

  init(_ keys: ScramKeys, salt: [UInt8], iterations: Int) {
    self.iterations = iterations
    self.salt = salt
    storedKey = keys.storedKey
    serverKey = keys.serverKey
  }

  /// PostgreSQL's text, for `CREATE ROLE ... PASSWORD`: `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>`.
  public var postgresText: String {
    let serverKey = Base64.encode(self.serverKey.copied)
    return "SCRAM-SHA-256$\(iterations):\(Base64.encode(salt))$\(Base64.encode(storedKey)):\(serverKey)"
  }

  /// Reads PostgreSQL's text; nil when it is not one.
  public init?(postgresText: String) {
    let parts = postgresText.split(separator: "$", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0] == "SCRAM-SHA-256" else { return nil }
    let head = parts[1].split(separator: ":", omittingEmptySubsequences: false)
    let keys = parts[2].split(separator: ":", omittingEmptySubsequences: false)
    guard head.count == 2, keys.count == 2, let iterations = Int(head[0]), let salt = Base64.decode(head[1]),
      let storedKey = Base64.decode(keys[0]), let serverKey = Base64.decode(keys[1])
    else { return nil }
    self.init(iterations: iterations, salt: salt, storedKey: storedKey, serverKey: WipedBytes(serverKey))
  }

  public var description: String { "ScramVerifier(<secret>)" }
}

extension ScramKeys {
  /// The keys of a password: PBKDF2, so about 1 ms at 4096 iterations. PostgreSQL normalizes passwords by SASLprep, which leaves
  /// printable ASCII as it is; others are taken here as they come.
  public init(password: [UInt8], salt: [UInt8], iterations: Int) {
    let salted = SHA256.derive(password: password, salt: salt, iterations: iterations)
    var client = SHA256.authenticate(Array("Client Key".utf8), key: salted)
    var server = SHA256.authenticate(Array("Server Key".utf8), key: salted)
    clientKey = WipedBytes(client)
    serverKey = WipedBytes(server)
    wipe(&client)
    wipe(&server)
  }

  /// H(ClientKey).
  public var storedKey: [UInt8] {
    var client = clientKey.copied
    defer { wipe(&client) }
    return SHA256.hash(client)
  }

  public func verifier(salt: [UInt8], iterations: Int) -> ScramVerifier {
    ScramVerifier(self, salt: salt, iterations: iterations)
  }
}
