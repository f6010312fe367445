import PostgresWire

/// From the startup message to the first ReadyForQuery: the client's SCRAM exchange, which the issuer judges, then our own with the
/// server, with the keys that the issuer gave for it. The machine alone has it, and lets go of it when the session stands: an object,
/// so that its room goes, too.
final class LoginPhase {
  private enum Step: Equatable {
    case clientFirst, challenge, clientFinal, grant
    case connecting(SessionGrant)
    /// The server has our startup message and asks for a proof.
    case authenticating(SessionGrant)
    /// It let us in and tells its settings.
    case settling(SessionGrant)
  }

  enum Outcome {
    case more
    /// Ready: the client's grant and the status to begin with.
    case ready(SessionGrant, CancelKey?, TransactionStatus)
    /// The server refused; its message has been forwarded.
    case refusedByServer
  }

  private var step: Step = .clientFirst
  private var exchange: ClientAuthentication?
  private let startup: StartupMessage
  private let channelBinding: [UInt8]?
  private var backendKey: CancelKey?
  private var clientKey: CancelKey?

  var acceptsClient: Bool {
    switch step {
    case .clientFirst, .clientFinal: true
    default: false
    }
  }

  /// Offers SCRAM to the client.
  init(_ startup: StartupMessage, channelBinding: [UInt8]?, _ actions: inout ActionQueue) {
    self.startup = startup
    self.channelBinding = channelBinding
    var writer = WireWriter()
    NegotiateProtocolVersion(answering: startup)?.encode(into: &writer)
    let plain = ScramMechanism.plain.rawValue
    Authentication.sasl(mechanisms: channelBinding == nil ? [plain] : [ScramMechanism.plus.rawValue, plain]).encode(into: &writer)
    actions.append(.sendToClient(writer.bytes))
  }

  /// A message of type `p`.
  func client(_ body: RawSpan, _ actions: inout ActionQueue) throws(WireError) {
    switch step {
    case .clientFirst:
      let message = try SASLInitialResponse.decode(body)
      guard let mechanism = ScramMechanism(rawValue: message.mechanism), mechanism == .plain || channelBinding != nil,
        let text = message.response
      else { throw WireError(.authentication, "the client chose a SASL mechanism that was not offered") }
      // Checked again by the issuer, which decides; here, so that a broken client costs it nothing.
      _ = try ScramServer.ClientFirst(text, plusChosen: mechanism == .plus, plusOffered: channelBinding != nil)
      let user = startup["user"] ?? ""
      step = .challenge
      actions.append(
        .beginLogin(
          LoginAttempt(
            user: user, database: startup["database"] ?? user, clientFirst: text, plus: mechanism == .plus,
            channelBinding: channelBinding)))
    case .clientFinal:
      step = .grant
      actions.append(.proveLogin(clientFinal: try SASLResponse.decode(body).response))
    default:
      throw WireError(.type, "a password message came out of turn")
    }
  }

  func challenge(_ serverFirst: String, _ actions: inout ActionQueue) {
    guard step == .challenge else { return }
    step = .clientFinal
    actions.append(.sendToClient(Self.message(.saslContinue(serverFirst))))
  }

  func granted(_ grant: SessionGrant, _ actions: inout ActionQueue) {
    guard step == .grant else { return }
    step = .connecting(grant)
    actions.append(.sendToClient(Self.message(.saslFinal(grant.serverFinal))))
    actions.append(.connectBackend)
  }

  func connected(_ link: BackendLink, _ actions: inout ActionQueue) {
    guard case .connecting(let grant) = step else { return }
    // The client's settings go into our startup packet, so that RESET means what the client expects.
    let own: Set<String> = ["user", "database", "replication"]
    let others = startup.parameters.filter { !own.contains($0.name) && !$0.name.hasPrefix("_pq_.") }
    let message = StartupMessage(
      parameters: [.init("user", grant.role), .init("database", grant.database)] + others + link.settings)
    exchange = ClientAuthentication(
      .keys(grant.keys, salt: grant.salt, iterations: grant.iterations), nonce: link.nonce, channelBinding: link.channelBinding)
    step = .authenticating(grant)
    actions.append(.sendToBackend(StartupPacket.startup(message).bytes))
  }

  /// What the client will get in place of the server's key.
  func keyMade(_ key: CancelKey) { clientKey = key }

  /// A message of the server, which is a stranger until it has signed.
  func server(_ type: UInt8, _ body: RawSpan, _ actions: inout ActionQueue) throws(WireError) -> Outcome {
    switch (step, type) {
    case (.authenticating, ErrorResponse.type), (.settling, ErrorResponse.type):
      actions.append(.forwardToClient)
      return .refusedByServer
    case (.settling(let grant), ReadyForQuery.type):
      let status = try ReadyForQuery.decode(body).status
      if let clientKey {
        var writer = WireWriter()
        BackendKeyData(clientKey).encode(into: &writer)
        actions.append(.sendToClient(writer.bytes))
      }
      return .ready(grant, backendKey, status)
    case (.settling, BackendKeyData.type):
      guard backendKey == nil else { throw WireError(.type, "a cancel key came twice") }
      let key = try BackendKeyData.decode(body).key
      backendKey = key
      actions.append(.makeCancelKey(processID: key.processID, secretBytes: startup.version >= .newest ? 32 : 4))
    case (.settling, ParameterStatus.type), (.settling, ErrorResponse.noticeType):
      actions.append(.forwardToClient)
    case (_, Authentication.type):
      try authenticate(try Authentication.decode(body), &actions)
    default:
      throw WireError(.type, "a message of type \(Transcript.name(of: type)) came during login")
    }
    return .more
  }

  private func authenticate(_ message: Authentication, _ actions: inout ActionQueue) throws(WireError) {
    guard case .authenticating(let grant) = step else {
      throw WireError(.authentication, "its SCRAM messages are out of turn")
    }
    switch try exchange?.received(message) {
    case .send(let bytes): actions.append(.sendToBackend(bytes))
    case .admitted:
      exchange = nil
      step = .settling(grant)
      actions.append(.sendToClient(Self.message(.ok)))
    case .wait, nil: break
    }
  }

  private static func message(_ authentication: Authentication) -> [UInt8] {
    var writer = WireWriter()
    authentication.encode(into: &writer)
    return writer.bytes
  }
}
