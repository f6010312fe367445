import PostgresWire

@testable import Proxy

/// A session machine between two byte queues, without sockets: carries out its actions as the I/O side does.
final class SessionHarness {
  struct Judgement {
    var request: StatementRequest
    /// The text of a Query or Parse.
    var text: String
  }

  var machine: SessionStateMachine
  /// Bytes that the client has sent and the machine has not taken.
  var fromClient: [UInt8] = []
  var fromBackend: [UInt8] = []
  /// Bytes that reached the other side.
  var toClient: [UInt8] = []
  var toBackend: [UInt8] = []
  /// Everything but the relay, in order.
  var actions: [SessionAction] = []
  private var isResting = false
  var outcomes: [StatementOutcome] = []
  var judgements: [Judgement] = []
  var cancels = 0
  var clientIsClosed = false
  var backendIsClosed = false
  /// Whether rows go as the I/O side sends them on, many at once; nil for every other time.
  var takesRuns: Bool?
  /// Approves a client's batch, as the I/O side and the gate would (`ProxiedSession.beginBatch`): its notes, or nil to have its messages
  /// judged one by one. Unset, no batch is looked for.
  var approvesBatch: ((_ text: String?, _ bound: NoteReference?) -> NoteReference?)?
  /// The text that goes on in place of a batch's, as the gate would translate it; nil for itself.
  var translates: ((String) -> [UInt8]?)?
  /// The message that the client gets in place of a guarded RowDescription, by its body; nil for itself.
  var describes: (([UInt8]) -> [UInt8]?)?
  private(set) var batches = 0
  private(set) var answers = 0
  private var step = 0
  private var messageOfClient: [UInt8] = []
  private var messageOfBackend: [UInt8] = []

  init(_ configuration: SessionConfiguration = .init(offersTLS: true, requiresTLS: false)) {
    machine = SessionStateMachine(configuration)
  }

  /// Takes one message of the client, if the machine wants one. False when it does not, or there is none.
  func stepClient() -> Bool {
    if let batch = stepBatch() { return batch }
    guard machine.acceptsClient, !machine.expectsStartupPacket, let message = Self.take(&fromClient, .client) else {
      return false
    }
    messageOfClient = message
    switch machine.routeClient(message[0], bodyBytes: message.count - 5) {
    case .forward: toBackend += message
    case .drop, .stop: break
    case .gather: machine.client(message[0], unsafe message.span.bytes.extracting(droppingFirst: 5))
    case .gatherHead(let bytes):
      machine.client(message[0], unsafe message.span.bytes.extracting(5..<min(message.count, 5 + bytes)))
    }
    drain()
    return true
  }

  /// Takes a whole batch; nil when there is none that may be taken as one.
  private func stepBatch() -> Bool? {
    guard let approvesBatch, machine.takesBatches,
      let batch = unsafe ClientBatch(atFrontOf: fromClient.span.bytes, bodyBytesMax: machine.gatheredBytesMax)
    else { return nil }
    let bound = batch.text == nil ? machine.note(ofStatement: WireName(fromClient[batch.statement])) : nil
    let text = batch.text.map { String(decoding: fromClient[$0], as: UTF8.self) }
    guard let note = approvesBatch(text, bound) else { return nil }
    let execution = machine.nextExecution
    unsafe machine.began(batch, statement: note, bind: fromClient.span.bytes.extracting(batch.bind))
    precondition(machine.nextExecution > execution && machine.awaitsAnswer, "a batch began, and is not under way")
    let other = text.flatMap { translates?($0) }
    let sent = fromClient.withSpan { client in
      other.map { batch.messages(in: client, text: $0) } ?? Array(fromClient.prefix(batch.totalBytes))
    }
    sent.withSpan { machine.sent($0) }
    toBackend += sent
    fromClient.removeFirst(batch.totalBytes)
    batches += 1
    drain()
    return true
  }

  /// Takes the whole answer to one; false when it is none.
  private func stepAnswer() -> Bool {
    guard machine.awaitsAnswer, let answer = unsafe machine.answer(atFrontOf: fromBackend.span.bytes) else { return false }
    let outcome = unsafe machine.answered(answer, in: fromBackend.span.bytes)
    outcomes.append(outcome)
    actions.append(.record(outcome))
    actions.append(.ready(answer.status))
    if machine.guarded.contains(.rowDescriptions), let body = answer.rowDescription,
      let other = describes?(Array(fromBackend[body]))
    {
      toClient += fromBackend[..<(body.lowerBound - 5)] + other + fromBackend[body.upperBound..<answer.totalBytes]
    } else {
      toClient += fromBackend.prefix(answer.totalBytes)
    }
    fromBackend.removeFirst(answer.totalBytes)
    answers += 1
    drain()
    return true
  }

  /// Takes one message of the backend.
  func stepBackend() -> Bool {
    if stepAnswer() { return true }
    step += 1
    let rows = takesRuns ?? (step % 2 == 0) ? unsafe machine.takeRows(fromBackend.span.bytes) : 0
    if rows > 0 {
      toClient += fromBackend.prefix(rows)
      fromBackend.removeFirst(rows)
      return true
    }
    guard let message = Self.take(&fromBackend, .server) else { return false }
    messageOfBackend = message
    switch machine.routeServer(message[0], bodyBytes: message.count - 5) {
    case .forward, .examine: toClient += message
    case .drop, .stop: break
    case .gather: machine.server(message[0], unsafe message.span.bytes.extracting(droppingFirst: 5))
    case .gatherHead(let bytes):
      machine.server(message[0], unsafe message.span.bytes.extracting(5..<min(message.count, 5 + bytes)))
    }
    drain()
    return true
  }

  func startup(_ packet: [UInt8], bytesBehind: Int = 0) {
    machine.startup(unsafe packet.span.bytes.extracting(droppingFirst: 4), bytesBehind: bytesBehind)
    drain()
  }

  func handle(_ event: SessionEvent) {
    machine.handle(event)
    drain()
  }

  /// The backend's framing is broken.
  func broke(_ error: WireError) {
    machine.serverBroke(error)
    fromBackend = []
    drain()
  }

  /// The client's framing is broken.
  func brokeClient(_ error: WireError) {
    machine.clientBroke(error)
    fromBackend = []
    drain()
  }

  func judge(_ verdict: Verdict) {
    judgements.removeFirst()
    handle(.judged(verdict))
  }

  private func drain() {
    while let action = machine.nextAction() {
      actions.append(action)
      switch action {
      case .forwardToBackend: toBackend += messageOfClient
      case .forwardReplaced(let bytes), .sendToBackend(let bytes): toBackend += bytes
      case .examineToClient(.rowDescription): toClient += describes?(Array(messageOfBackend[5...])) ?? messageOfBackend
      case .forwardToClient, .examineToClient: toClient += messageOfBackend
      case .sendToClient(let bytes): toClient += bytes
      case .makeCancelKey: machine.handle(.cancelKey(LoginFixture.clientKey))
      case .judge(let request): judgements.append(Judgement(request: request, text: text(of: request)))
      case .record(let outcome): outcomes.append(outcome)
      case .cancelBackend: cancels += 1
      case .closeClient: clientIsClosed = true
      case .closeBackend: backendIsClosed = true
      default: break
      }
    }
    // To rest at any moment changes nothing.
    isResting.toggle()
    if isResting { machine.rest() }
  }

  private func text(of request: StatementRequest) -> String {
    switch request {
    case .query(_, let range), .parse(let range):
      String(decoding: messageOfClient[5...][(5 + range.lowerBound)..<(5 + range.upperBound)], as: UTF8.self)
    case .bind, .execute, .functionCall, .copyData: ""
    }
  }

  static func take(_ queue: inout [UInt8], _ sender: FrameDecoder.Sender) -> [UInt8]? {
    guard let header = try? FrameDecoder(sender).header(unsafe queue.span.bytes), header.totalBytes <= queue.count else {
      return nil
    }
    defer { queue.removeFirst(header.totalBytes) }
    return Array(queue.prefix(header.totalBytes))
  }

  /// What the client got since the last call, as a transcript.
  func clientLines() throws -> [String] {
    defer { toClient = [] }
    return try Transcript.lines(toClient, from: .server)
  }

  /// What the backend got since the last call.
  func backendLines() throws -> [String] {
    defer { toBackend = [] }
    return try Transcript.lines(toBackend, from: .client)
  }
}

/// Everything that a login needs, made up.
enum LoginFixture {
  static let salt: [UInt8] = Array("salt".utf8)
  static let keys = ScramKeys(password: Array("secret".utf8), salt: salt, iterations: 1)
  static let verifier = keys.verifier(salt: salt, iterations: 1)
  static let clientKey = CancelKey(processID: 8, secret: [1, 2, 3, 4])!
  static let backendKey = CancelKey(processID: 8, secret: [5, 6, 7, 8])!
  static let startup = StartupPacket.startup(
    StartupMessage(parameters: [.init("user", "jit_a_1"), .init("database", "shop"), .init("application_name", "psql")]))

  static func grant(
    serverFinal: String = "v=x", guarded: GuardedMessages = [], limits: ResultLimits = .init()
  ) -> SessionGrant {
    SessionGrant(
      serverFinal: serverFinal, role: "jit_a_1", database: "shop", keys: keys, salt: salt, iterations: 1, guarded: guarded,
      limits: limits)
  }
}

extension SessionHarness {
  /// Messages by the same writer as the product's; the model and the goldens judge what is between them.
  static func bytes(_ write: (inout WireWriter) -> Void) -> [UInt8] {
    var writer = WireWriter()
    write(&writer)
    return writer.bytes
  }

  /// The client's side of a login, up to the connection to the server.
  func logInClient(_ grant: SessionGrant) {
    startup(LoginFixture.startup.bytes)
    fromClient = Self.bytes { SASLInitialResponse(mechanism: "SCRAM-SHA-256", response: "n,,n=,r=abc").encode(into: &$0) }
    _ = stepClient()
    handle(.challenge(serverFirst: "r=abcdef,s=c2FsdA==,i=4096"))
    fromClient = Self.bytes { SASLResponse("c=biws,r=abcdef,p=AAAA").encode(into: &$0) }
    _ = stepClient()
    handle(.granted(grant))
  }

  /// Answers one message of the server's side of the SCRAM exchange.
  func server(_ write: (inout WireWriter) -> Void) {
    fromBackend += Self.bytes(write)
    while stepBackend() {}
  }

  /// The server's side of a login, with the right verifier, and as many cancel keys.
  func logInBackend(keys: Int = 1) throws {
    handle(.backendConnected(BackendLink(nonce: "proxynonce", channelBinding: nil)))
    server { Authentication.sasl(mechanisms: ["SCRAM-SHA-256"]).encode(into: &$0) }
    let first = try ScramServer.ClientFirst("n,,n=,r=proxynonce", plusChosen: false, plusOffered: false)
    let exchange = ScramServer(first, nonce: "servernonce", salt: LoginFixture.salt, iterations: 1)
    let serverFirst = exchange.first
    server { Authentication.saslContinue(serverFirst).encode(into: &$0) }
    guard case .sendToBackend(let bytes)? = actions.last else { throw WireError(.type, "no proof was sent") }
    let proof = try SASLResponse.decode(unsafe bytes.span.bytes.extracting(droppingFirst: 5)).response
    let final = try exchange.verify(proof, verifier: LoginFixture.verifier, channelBinding: nil)
    server { Authentication.saslFinal(final).encode(into: &$0) }
    server { Authentication.ok.encode(into: &$0) }
    server { ParameterStatus(name: "client_encoding", value: "UTF8").encode(into: &$0) }
    for _ in 0..<keys { server { BackendKeyData(LoginFixture.backendKey).encode(into: &$0) } }
    server { ReadyForQuery(.idle).encode(into: &$0) }
  }

  /// A harness that is logged in, with empty queues.
  static func established(
    guarded: GuardedMessages = [], limits: ResultLimits = .init(), frameLimits: FrameLimits = .init()
  ) throws -> SessionHarness {
    let harness = SessionHarness(.init(offersTLS: true, requiresTLS: false, limits: frameLimits))
    harness.logInClient(LoginFixture.grant(guarded: guarded, limits: limits))
    try harness.logInBackend()
    harness.toClient = []
    harness.toBackend = []
    harness.actions = []
    return harness
  }
}
