import OpenSSL

/// The server's side of one SCRAM exchange. It is cut so that two processes can share it: one that talks to the client and passes
/// texts on, and one that holds the verifier. A value is good for one proof: `verify` consumes it.
public struct ScramServer: ~Copyable, Sendable {
  /// A client-first-message, checked.
  public struct ClientFirst: Sendable, Equatable {
    /// `n,,`, `y,,` or `p=tls-server-end-point,,`.
    public let header: String
    /// As sent; PostgreSQL's clients leave it empty, and the startup packet counts.
    public let user: String
    public let nonce: String
    let bare: String

    /// Checks the message against the mechanism that the client chose and what was offered.
    /// - Throws: `y` where -PLUS was offered (somebody took the offer away), -PLUS without binding, an authorization identity,
    ///   mandatory extensions, malformed text.
    public init(_ text: String, plusChosen: Bool, plusOffered: Bool) throws(WireError) {
      let parts = text.split(separator: ",", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { throw ScramComputation.malformed }
      guard parts[1].isEmpty else {
        throw WireError(
          .authentication, sqlState: .featureNotSupported, "a SCRAM authorization identity is not supported")
      }
      switch (parts[0], plusChosen) {
      case ("p=tls-server-end-point", true) where plusOffered: break
      case ("n", false): break
      case ("y", false):
        guard !plusOffered else {
          throw WireError(
            .authentication, sqlState: .invalidAuthorizationSpecification,
            "the client says that channel binding was not offered, but it was: somebody stands between")
        }
      default:
        throw WireError(
          .authentication, sqlState: .invalidAuthorizationSpecification, "channel binding does not fit the mechanism chosen")
      }
      header = "\(parts[0]),,"
      bare = String(parts[2])
      let values = try ScramComputation.attributes(parts[2], "n", "r")
      user = values[0]
      nonce = values[1]
      guard ScramComputation.isNonce(nonce) else { throw ScramComputation.malformed }
    }
  }

  private let clientFirst: ClientFirst
  private let nonce: String
  /// The server-first-message.
  public let first: String

  /// `nonce`: printable, random, 18 bytes or more in base64; it follows the client's.
  public init(_ clientFirst: ClientFirst, nonce: String, salt: [UInt8], iterations: Int) {
    precondition(ScramComputation.isNonce(nonce), "a SCRAM nonce is printable text without a comma")
    self.clientFirst = clientFirst
    self.nonce = clientFirst.nonce + nonce
    first = "r=\(self.nonce),s=\(Base64.encode(salt)),i=\(iterations)"
  }

  /// Checks a client-final-message and returns the server-final-message.
  /// - Parameter channelBinding: what the client must have bound to, where it chose -PLUS.
  /// - Throws: one and the same error for a wrong proof, and others for broken messages, another nonce or binding.
  public consuming func verify(
    _ clientFinal: String, verifier: ScramVerifier, channelBinding: [UInt8]?
  ) throws(WireError) -> String {
    guard let proofAt = clientFinal.range(ofLast: ",p="), let proof = Base64.decode(clientFinal[proofAt.upperBound...]) else {
      throw ScramComputation.malformed
    }
    let withoutProof = clientFinal[..<proofAt.lowerBound]
    let values = try ScramComputation.attributes(withoutProof, "c", "r")
    guard values[1] == nonce else { throw WireError(.authentication, "the client's SCRAM nonce is not the one of this exchange") }
    let bound = clientFirst.header.hasPrefix("p") ? channelBinding : []
    guard let bound, let sent = Base64.decode(values[0]), equalInConstantTime(sent, Array(clientFirst.header.utf8) + bound) else {
      throw WireError(
        .authentication, sqlState: .invalidAuthorizationSpecification,
        "the client's channel binding is not that of this connection: somebody stands between")
    }
    let message = "\(clientFirst.bare),\(first),\(withoutProof)"
    let signature = ScramComputation.clientSignature(storedKey: verifier.storedKey, message: message)
    var clientKey = ScramComputation.exclusiveOr(proof, signature)
    defer { wipe(&clientKey) }
    guard proof.count == 32, equalInConstantTime(SHA256.hash(clientKey), verifier.storedKey) else {
      throw WireError(.authentication, sqlState: .invalidPassword, "the SCRAM proof is wrong")
    }
    return "v=\(Base64.encode(SHA256.authenticate(Array(message.utf8), key: verifier.serverKey)))"
  }
}

extension String {
  /// The last place of a short ASCII text.
  fileprivate func range(ofLast text: String) -> Range<String.Index>? {
    let length = text.utf8.count
    var end = utf8.endIndex
    while let start = utf8.index(end, offsetBy: -length, limitedBy: utf8.startIndex) {
      if utf8[start..<end].elementsEqual(text.utf8) { return start..<end }
      end = utf8.index(before: end)
    }
    return nil
  }
}
