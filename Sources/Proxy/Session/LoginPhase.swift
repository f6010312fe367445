import PostgresWire

/// From the startup message to the first ReadyForQuery: the client's SCRAM exchange, which the issuer judges, then our own with the
/// server, with the keys that the issuer gave for it.
struct LoginPhase: ~Copyable {
  private enum Step: Equatable {
    case clientFirst, challenge, clientFinal, grant
    case connecting(SessionGrant)
    /// The server has our startup message and asks for a proof.
    case proving(SessionGrant, BackendLink)
    /// It has our client-first-message.
    case answering(SessionGrant)
    /// It has our proof.
    case proved(SessionGrant)
    /// It has signed.
    case verified(SessionGrant)
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
  private var scram: ScramClient?
  private let startup: StartupMessage
  private let channelBinding: [UInt8]?
  private var backendKey: CancelKey?

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
  mutating func client(_ body: RawSpan, _ actions: inout ActionQueue) throws(WireError) {
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
            channelBinding: channelBinding, cancelSecretBytes: startup.version >= .newest ? 32 : 4)))
    case .clientFinal:
      step = .grant
      actions.append(.proveLogin(clientFinal: try SASLResponse.decode(body).response))
    default:
      throw WireError(.type, "a password message came out of turn")
    }
  }

  mutating func challenge(_ serverFirst: String, _ actions: inout ActionQueue) {
    guard step == .challenge else { return }
    step = .clientFinal
    actions.append(.sendToClient(Self.message(.saslContinue(serverFirst))))
  }

  mutating func granted(_ grant: SessionGrant, _ actions: inout ActionQueue) {
    guard step == .grant else { return }
    step = .connecting(grant)
    actions.append(.sendToClient(Self.message(.saslFinal(grant.serverFinal))))
    actions.append(.connectBackend)
  }

  mutating func connected(_ link: BackendLink, _ actions: inout ActionQueue) {
    guard case .connecting(let grant) = step else { return }
    // The client's settings go into our startup packet, so that RESET means what the client expects.
    let own: Set<String> = ["user", "database", "replication"]
    let others = startup.parameters.filter { !own.contains($0.name) && !$0.name.hasPrefix("_pq_.") }
    let message = StartupMessage(
      parameters: [.init("user", grant.role), .init("database", grant.database)] + others + link.settings)
    step = .proving(grant, link)
    actions.append(.sendToBackend(StartupPacket.startup(message).bytes))
  }

  /// A message of the server, which is a stranger until it has signed.
  mutating func server(_ type: UInt8, _ body: RawSpan, _ actions: inout ActionQueue) throws(WireError) -> Outcome {
    switch (step, type) {
    case (.proving, ErrorResponse.type), (.answering, ErrorResponse.type), (.proved, ErrorResponse.type),
      (.verified, ErrorResponse.type), (.settling, ErrorResponse.type):
      actions.append(.forwardToClient)
      return .refusedByServer
    case (.settling(let grant), ReadyForQuery.type):
      let status = try ReadyForQuery.decode(body).status
      var writer = WireWriter()
      BackendKeyData(grant.cancelKey).encode(into: &writer)
      actions.append(.sendToClient(writer.bytes))
      return .ready(grant, backendKey, status)
    case (.settling, BackendKeyData.type):
      backendKey = try BackendKeyData.decode(body).key
    case (.settling, ParameterStatus.type), (.settling, ErrorResponse.noticeType):
      actions.append(.forwardToClient)
    case (_, Authentication.type):
      try authenticate(try Authentication.decode(body), &actions)
    default:
      throw WireError(.type, "a message of type \(Transcript.name(of: type)) came during login")
    }
    return .more
  }

  private mutating func authenticate(_ message: Authentication, _ actions: inout ActionQueue) throws(WireError) {
    var writer = WireWriter()
    switch (step, message) {
    case (.proving(let grant, let link), .sasl(let mechanisms)):
      guard let choice = ScramClient.choose(from: mechanisms, channelBinding: link.channelBinding) else {
        throw WireError(.authentication, "it offers no SCRAM-SHA-256")
      }
      let client = ScramClient(
        .keys(grant.keys, salt: grant.salt, iterations: grant.iterations), nonce: link.nonce, binding: choice.binding)
      SASLInitialResponse(mechanism: choice.mechanism.rawValue, response: client.first).encode(into: &writer)
      scram = consume client
      step = .answering(grant)
      actions.append(.sendToBackend(writer.bytes))
    case (.answering(let grant), .saslContinue(let serverFirst)):
      guard let final = try scram?.answer(serverFirst) else { preconditionFailure("no exchange") }
      SASLResponse(final).encode(into: &writer)
      step = .proved(grant)
      actions.append(.sendToBackend(writer.bytes))
    case (.proved(let grant), .saslFinal(let serverFinal)):
      guard let exchange = scram.take() else { preconditionFailure("no exchange") }
      try exchange.finish(serverFinal)
      step = .verified(grant)
    case (.verified(let grant), .ok):
      step = .settling(grant)
      actions.append(.sendToClient(Self.message(.ok)))
    case (_, .ok):
      // `trust`, or an impostor: nobody has proved to be the server that holds the verifier.
      throw WireError(.authentication, "it let us in without SCRAM; its pg_hba.conf must say scram-sha-256")
    case (_, .cleartextPassword), (_, .md5Password), (_, .other):
      throw WireError(.authentication, "it asks for another proof than SCRAM; its pg_hba.conf must say scram-sha-256")
    default:
      throw WireError(.authentication, "its SCRAM messages are out of turn")
    }
  }

  private static func message(_ authentication: Authentication) -> [UInt8] {
    var writer = WireWriter()
    authentication.encode(into: &writer)
    return writer.bytes
  }
}
