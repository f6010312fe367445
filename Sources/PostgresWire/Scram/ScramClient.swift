import OpenSSL

/// The client's side of one SCRAM exchange: `first`, then `answer`, then `finish`, each once.
public struct ScramClient: ~Copyable, Sendable {
  /// A server that asks for more than this wants to keep us busy.
  public static let iterationsMax = 100_000

  /// What the exchange proves to know.
  public enum Secret: Sendable {
    case password(WipedBytes)
    /// Keys made for one salt and iteration count: a server that asks for others is not the one they were made for.
    case keys(ScramKeys, salt: [UInt8], iterations: Int)
  }

  /// What the client says of channel binding (RFC 5802 section 6).
  public enum Binding: Sendable, Equatable {
    /// No TLS: `n`.
    case none
    /// TLS, but the server offered no -PLUS: `y`. A server that did offer it must refuse this, for somebody between took it away.
    case notOffered
    /// -PLUS, with the data of the server's certificate.
    case endPoint([UInt8])
  }

  private let secret: Secret
  private let nonce: String
  private let header: String
  private let bindingData: [UInt8]
  private var expected: [UInt8]?

  /// `nonce`: printable, random, 18 bytes or more in base64.
  public init(_ secret: Secret, nonce: String, binding: Binding) {
    precondition(ScramComputation.isNonce(nonce), "a SCRAM nonce is printable text without a comma")
    self.secret = secret
    self.nonce = nonce
    switch binding {
    case .none: (header, bindingData) = ("n,,", [])
    case .notOffered: (header, bindingData) = ("y,,", [])
    case .endPoint(let data): (header, bindingData) = ("p=tls-server-end-point,,", data)
    }
  }

  /// Takes -PLUS where both sides can; nil when the server offers no SCRAM at all.
  public static func choose(from offered: [String], channelBinding: [UInt8]?) -> (mechanism: ScramMechanism, binding: Binding)? {
    if let channelBinding, offered.contains(ScramMechanism.plus.rawValue) { return (.plus, .endPoint(channelBinding)) }
    guard offered.contains(ScramMechanism.plain.rawValue) else { return nil }
    return (.plain, channelBinding == nil ? .none : .notOffered)
  }

  private var firstBare: String { "n=,r=\(nonce)" }

  /// The client-first-message. PostgreSQL takes the user from the startup packet.
  public var first: String { header + firstBare }

  /// The client-final-message for a server-first-message.
  /// - Throws: a nonce that does not go on from ours, an iteration count out of bounds, another salt than the keys were made for.
  public mutating func answer(_ serverFirst: String) throws(WireError) -> String {
    precondition(expected == nil, "an exchange is answered once")
    let values = try ScramComputation.attributes(serverFirst, "r", "s", "i")
    guard values[0].hasPrefix(nonce), values[0].utf8.count > nonce.utf8.count, ScramComputation.isNonce(values[0]) else {
      throw WireError(.authentication, "the server's SCRAM nonce does not go on from ours")
    }
    guard let salt = Base64.decode(values[1]), !salt.isEmpty, let iterations = Int(values[2]) else {
      throw ScramComputation.malformed
    }
    guard iterations > 0, iterations <= Self.iterationsMax else {
      throw WireError(.authentication, "the server asks for \(iterations) SCRAM iterations; the ceiling is \(Self.iterationsMax)")
    }
    let keys: ScramKeys
    switch secret {
    case .password(let password):
      var clear = password.copied
      keys = ScramKeys(password: clear, salt: salt, iterations: iterations)
      wipe(&clear)
    case .keys(let ready, let expectedSalt, let expectedIterations):
      guard salt == expectedSalt, iterations == expectedIterations else {
        throw WireError(.authentication, "the server's verifier is not the one that was made for this role")
      }
      keys = ready
    }
    let withoutProof = "c=\(Base64.encode(Array(header.utf8) + bindingData)),r=\(values[0])"
    let message = "\(firstBare),\(serverFirst),\(withoutProof)"
    let signature = ScramComputation.clientSignature(storedKey: keys.storedKey, message: message)
    var clientKey = keys.clientKey.copied
    defer { wipe(&clientKey) }
    expected = SHA256.authenticate(Array(message.utf8), key: keys.serverKey)
    return "\(withoutProof),p=\(Base64.encode(ScramComputation.exclusiveOr(clientKey, signature)))"
  }

  /// Checks the server-final-message: a server that cannot sign does not know the verifier.
  public consuming func finish(_ serverFinal: String) throws(WireError) {
    let values = try ScramComputation.attributes(serverFinal, "v")
    guard let expected, let signature = Base64.decode(values[0]), equalInConstantTime(signature, expected) else {
      throw WireError(.authentication, "the server's SCRAM signature is wrong")
    }
  }
}
