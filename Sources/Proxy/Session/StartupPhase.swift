import PostgresWire

/// From the first byte to the startup message: encryption requests, each at most once; CancelRequest; StartupMessage.
struct StartupPhase {
  private var askedTLS = false
  private var askedGSS = false
  /// Set while the answer `S` is out and the handshake is not done.
  private(set) var isHandshaking = false
  private(set) var hasTLS = false
  private(set) var channelBinding: [UInt8]?

  enum Outcome {
    case more
    /// Log in with this message.
    case login(StartupMessage)
    case refused(ErrorResponse)
    case closed
  }

  mutating func tlsEstablished(channelBinding: [UInt8]?) {
    isHandshaking = false
    askedTLS = true
    hasTLS = true
    self.channelBinding = channelBinding
  }

  /// - Parameter bytesBehind: bytes already read behind the packet. Behind an encryption request they were not encrypted, but would
  ///   be taken for what came encrypted: an attack (CVE-2021-23214, CVE-2021-3935).
  mutating func received(
    _ packet: StartupPacket, bytesBehind: Int, _ configuration: SessionConfiguration, _ actions: inout ActionQueue
  ) -> Outcome {
    switch packet {
    case .sslRequest:
      guard !askedTLS, !isHandshaking else { return .refused(Self.violation("SSLRequest came twice")) }
      guard bytesBehind == 0 else { return .refused(Self.violation("received unencrypted data after SSLRequest")) }
      askedTLS = true
      isHandshaking = configuration.offersTLS
      actions.append(.answerEncryption(configuration.offersTLS ? UInt8(ascii: "S") : UInt8(ascii: "N")))
      return .more
    case .gssEncryptionRequest:
      guard !askedGSS, !isHandshaking else { return .refused(Self.violation("GSSENCRequest came twice")) }
      guard bytesBehind == 0 else { return .refused(Self.violation("received unencrypted data after GSSENCRequest")) }
      askedGSS = true
      actions.append(.answerEncryption(UInt8(ascii: "N")))
      return .more
    case .cancelRequest(let key):
      actions.append(.cancelRequested(key))
      actions.append(.closeClient)
      return .closed
    case .startup(let message):
      return check(message, configuration)
    }
  }

  private func check(_ message: StartupMessage, _ configuration: SessionConfiguration) -> Outcome {
    guard hasTLS || !configuration.requiresTLS else {
      return .refused(
        ErrorResponse(
          .fatal, .invalidAuthorizationSpecification, "this proxy takes connections only under TLS",
          hint: "set sslmode=verify-full"))
    }
    guard let user = message["user"], !user.isEmpty else {
      return .refused(
        ErrorResponse(
          .fatal, .invalidAuthorizationSpecification, "no PostgreSQL user name specified in startup packet",
          hint: configuration.loginHint))
    }
    if let replication = message["replication"], !Self.isFalse(replication) {
      return .refused(
        ErrorResponse(
          .fatal, .featureNotSupported, "replication connections do not pass this proxy",
          hint: "replicate from the server itself, with a role made for it"))
    }
    return .login(message)
  }

  /// The spellings of false in PostgreSQL's `parse_bool`; everything else (`database`, too) would make a walsender.
  private static func isFalse(_ value: String) -> Bool {
    let text = value.lowercased()
    guard !text.isEmpty else { return false }
    return "false".hasPrefix(text) || "no".hasPrefix(text) || (text.count >= 2 && "off".hasPrefix(text)) || text == "0"
  }

  private static func violation(_ message: String) -> ErrorResponse {
    ErrorResponse(.fatal, .protocolViolation, message, hint: "somebody may stand between client and proxy")
  }
}
