import PostgresWire

/// One proxied session, from the first byte to the last: a value, noncopyable; events in, actions out. `SessionEvent.swift` says how
/// the I/O side and the machine talk.
///
/// Peers' mistakes end the session with an error that the peer can read; they never trap. After the end every call is ignored.
public struct SessionStateMachine: ~Copyable {
  private enum Phase { case startup, login, query, closed }

  private let configuration: SessionConfiguration
  private var phase: Phase = .startup
  private var startup = StartupPhase()
  private var login: LoginPhase?
  private var query: QueryPhase
  private var actions = ActionQueue()
  private var isHead = false
  private var backendIsOpen = false

  public init(_ configuration: SessionConfiguration) {
    self.configuration = configuration
    query = QueryPhase(configuration, results: .init(), guarded: [], status: .idle)
  }

  // MARK: What the I/O side asks

  /// The next bytes of the client are a packet of the startup family.
  public var expectsStartupPacket: Bool { phase == .startup && !startup.isHandshaking }

  /// Whether the client's next message (or startup packet) may be handed in. Ask after each event: it changes with the gate's
  /// verdicts and the backend's answers.
  public var acceptsClient: Bool {
    switch phase {
    case .startup: !startup.isHandshaking
    case .login: login?.acceptsClient == true
    case .query: query.acceptsClient
    case .closed: false
    }
  }

  /// The session is over; close what is still open.
  public var isClosed: Bool { phase == .closed }

  /// The client has said Terminate: it gets what is still to come, and no end of the connection is a fault.
  public var isTerminated: Bool { query.isTerminated }

  /// The client is logged in and both sides talk.
  public var isEstablished: Bool { phase == .query }

  /// The transaction status of the last ReadyForQuery.
  public var status: TransactionStatus { query.status }

  /// Nothing runs, nobody waits: for idle limits and a graceful stop.
  public var isIdle: Bool { phase == .query && query.isIdle }

  /// The statement whose answer the backend is sending; nil for none, and for one of our own.
  public var answering: ExecutionID? {
    guard phase == .query else { return nil }
    // A Bind or Parse is answered first.
    if query.batchUnderWay.isOn { return query.batchUnderWay.isQuery ? ExecutionID(number: query.batchUnderWay.execution) : nil }
    guard !query.owed.isEmpty, query.owed.first.execution != 0 else { return nil }
    return ExecutionID(number: query.owed.first.execution)
  }

  /// The note of the statement or portal whose answer the backend is sending.
  public var answeringNote: NoteReference? {
    guard phase == .query else { return nil }
    if query.batchUnderWay.isOn { return query.batchUnderWay.isQuery ? query.batchUnderWay.statement : nil }
    return query.owed.isEmpty ? nil : query.owed.first.note
  }

  /// What the server has reported.
  public var settings: SessionSettings { query.settings }

  /// Gives back the memory that only a busy session needs. Nothing else changes.
  public mutating func rest() {
    actions.rest()
    query.rest()
  }

  /// The next thing to do; nil when all is done.
  public mutating func nextAction() -> SessionAction? { actions.popFirst() }

  // MARK: Whole batches

  /// Whether a `ClientBatch` may be handed in, in place of its messages.
  public var takesBatches: Bool { phase == .query && query.takesBatches }

  /// What of the backend's messages passes the guard.
  public var guarded: GuardedMessages { query.guarded }

  /// Bytes of a message's body that may be read whole.
  public var gatheredBytesMax: Int { configuration.limits.gatheredBytesMax }

  /// What the batch will be, if it is approved.
  public var nextExecution: ExecutionID { ExecutionID(number: query.lastExecution + 1) }

  /// The note of the statement that a batch binds and does not parse.
  public mutating func note(ofStatement name: WireName) -> NoteReference? {
    phase == .query ? query.names.noteOfStatement(name) : nil
  }

  /// The gate has approved all of a batch, which goes to the backend as it came. Never one that may copy in, changes names, or is to be
  /// described first.
  /// - Precondition: `takesBatches`.
  ///
  /// - Parameter bind: body of the Bind, if its portal wants a note of its own.
  public mutating func began(_ batch: ClientBatch, statement: NoteReference?, bind: RawSpan?) {
    query.began(batch, statement: statement, bind: bind)
  }

  /// The messages of the batch that began, as they go to the backend: they may have to go once more.
  public mutating func sent(_ messages: RawSpan) { query.keep(messages) }

  /// A batch is under way, and nothing else.
  public var awaitsAnswer: Bool { phase == .query && query.batchUnderWay.isOn }

  /// The answer to it, if it went well and stands whole at the front of the backend's bytes; nil when messages are to be handed in one by one.
  public func answer(atFrontOf bytes: RawSpan) -> ServerAnswer? { phase == .query ? query.answer(atFrontOf: bytes) : nil }

  /// The answer goes to the client as it came, once its outcome is on record.
  public mutating func answered(_ answer: ServerAnswer, in bytes: RawSpan) -> StatementOutcome {
    query.answered(answer, in: bytes)
  }

  // MARK: The client

  /// A packet of the startup family, without its length word. `bytesBehind`: bytes already read behind it.
  public mutating func startup(_ packet: RawSpan, bytesBehind: Int) {
    guard phase == .startup else { return }
    do throws(WireError) {
      switch startup.received(try StartupPacket.decode(packet), bytesBehind: bytesBehind, configuration, &actions) {
      case .more: break
      case .login(let message):
        phase = .login
        login = LoginPhase(message, channelBinding: startup.channelBinding, &actions)
      case .refused(let error): end(error)
      case .closed: phase = .closed
      }
    } catch { end(SessionEnd.brokenByClient(error)) }
  }

  /// What to do with a message of which only the header has been read.
  /// - Precondition: `acceptsClient`, and not `expectsStartupPacket`.
  public mutating func routeClient(_ type: UInt8, bodyBytes: Int) -> ClientRoute {
    precondition(acceptsClient || phase == .closed, "the client has to wait")
    query.unfoldBatch()
    do throws(WireError) {
      switch phase {
      case .query:
        let route = try query.routeClient(type, bodyBytes, &actions)
        if case .gatherHead = route { isHead = true } else { isHead = false }
        return route
      case .login where type == SASLResponse.type:
        guard bodyBytes <= FrameLimits.saslBytesMax * 2 else { throw WireError(.length, "a SASL message is too long") }
        return .gather
      case .login: throw WireError(.type, "a message of type \(Transcript.name(of: type)) came during login")
      case .startup, .closed: return .drop
      }
    } catch {
      clientBroke(error)
      return .stop
    }
  }

  /// A gathered message.
  public mutating func client(_ type: UInt8, _ body: RawSpan) {
    do throws(WireError) {
      switch phase {
      case .query: try query.client(type, body, isHead: isHead, &actions)
      case .login: try login?.client(body, &actions)
      case .startup, .closed: break
      }
    } catch { clientBroke(error) }
  }

  /// The client's stream broke the framing (`FrameDecoder`), or a message came that cannot come now.
  public mutating func clientBroke(_ error: WireError) {
    query.unfoldBatch()
    let farewell = SessionEnd.brokenByClient(error)
    if phase == .query, query.leave(farewell, &actions) { return }
    end(farewell)
  }

  // MARK: The backend

  /// What to do with a message of which only the header has been read.
  public mutating func routeServer(_ type: UInt8, bodyBytes: Int) -> ServerRoute {
    if phase == .login {
      if bodyBytes <= FrameLimits.serverSmallBytesMax { return .gather }
      end(SessionEnd.brokenByServer(WireError(.length, "a message of \(bodyBytes) bytes came during login")))
      return .stop
    }
    guard phase == .query else { return .drop }
    query.unfoldBatch()
    do throws(WireError) { return try query.routeServer(type, bodyBytes, &actions) } catch {
      end(SessionEnd.brokenByServer(error))
      return .stop
    }
  }

  /// Takes rows, or COPY data, at the front of the backend's bytes that go to the client: for each the same as a `routeServer` that says
  /// `.forward` (`.examine` where rows are guarded), at a tenth of its cost.
  ///
  /// - Returns: how many bytes they have; 0 when `routeServer` is to be asked.
  public mutating func takeRows(_ bytes: RawSpan) -> Int { phase == .query ? query.takeRows(bytes) : 0 }

  /// A gathered message.
  public mutating func server(_ type: UInt8, _ body: RawSpan) {
    do throws(WireError) {
      switch phase {
      case .query: try query.server(type, body, &actions)
      case .login: try serverInLogin(type, body)
      case .startup, .closed: break
      }
    } catch { end(SessionEnd.brokenByServer(error)) }
  }

  /// The backend's stream broke the framing (`FrameDecoder`).
  public mutating func serverBroke(_ error: WireError) {
    query.unfoldBatch()
    end(SessionEnd.brokenByServer(error))
  }

  private mutating func serverInLogin(_ type: UInt8, _ body: RawSpan) throws(WireError) {
    if type == ParameterStatus.type { query.settings.set(try ParameterStatus.decode(body)) }
    switch try login?.server(type, body, &actions) {
    case .ready(let grant, let backendKey, let status):
      let settings = query.settings
      query = QueryPhase(configuration, results: grant.limits, guarded: grant.guarded, status: status)
      query.settings = settings
      phase = .query
      login = nil
      actions.append(.established(backendKey: backendKey))
      actions.append(.ready(status))
      actions.append(.forwardToClient)
    case .refusedByServer: close()
    case .more, nil: break
    }
  }

  // MARK: Everything else

  /// The gate's answer, as `handle(.judged)`, without a copy of it.
  public mutating func judged(_ verdict: Verdict) {
    if phase == .query { query.judged(verdict, &actions) }
  }

  /// An event that is no message.
  public mutating func handle(_ event: SessionEvent) {
    if phase == .closed { return }
    query.unfoldBatch()
    switch event {
    case .tlsEstablished(let binding): startup.tlsEstablished(channelBinding: binding)
    case .challenge(let text): login?.challenge(text, &actions)
    case .granted(let grant): login?.granted(grant, &actions)
    case .denied(let error), .backendUnreachable(let error): if phase == .login { end(error) }
    case .backendConnected(let link):
      backendIsOpen = true
      login?.connected(link, &actions)
    case .cancelKey(let key): login?.keyMade(key)
    case .judged(let verdict): judged(verdict)
    case .ask(let hidden): if phase == .query { query.ask(hidden, &actions) }
    case .cancelBegins: if phase == .query { query.cancelsUnderWay += 1 }
    case .cancelDelivered: query.cancelsUnderWay = max(0, query.cancelsUnderWay - 1)
    case .limitReached(let error): if phase == .query { query.cut(error, &actions) }
    case .end(let error): end(error)
    case .backendClosed: backendClosed()
    case .clientClosed: clientClosed()
    }
  }

  /// Both sides are told, and closed. What runs is cancelled: closing alone leaves it running.
  private mutating func end(_ error: ErrorResponse) {
    if phase == .closed { return }
    if phase == .query {
      if !query.owed.isEmpty { actions.append(.cancelBackend) }
      _ = query.recordUnknown(&actions)
    }
    if !query.clientIsGone { actions.append(.sendToClient(error.bytes)) }
    close()
  }

  private mutating func close() {
    if backendIsOpen { actions.append(.closeBackend) }
    if !query.clientIsGone { actions.append(.closeClient) }
    backendIsOpen = false
    phase = .closed
    login = nil
  }

  private mutating func backendClosed() {
    backendIsOpen = false
    if phase == .query {
      let running = query.recordUnknown(&actions)
      if let farewell = query.farewell, !query.clientIsGone {
        actions.append(.sendToClient(farewell.bytes))
      } else if !query.sawFatal, !query.clientIsGone, !query.isTerminated {
        actions.append(.sendToClient(SessionEnd.serverLost(running: running).bytes))
      }
    } else if phase == .login {
      actions.append(.sendToClient(SessionEnd.serverLost(running: false).bytes))
    }
    close()
  }

  private mutating func clientClosed() {
    if query.isTerminated || query.clientIsGone, phase == .query {
      // What runs comes to its end, as it does in PostgreSQL.
      if !query.clientIsGone { actions.append(.closeClient) }
      query.clientIsGone = true
      return
    }
    if phase == .query {
      if !query.owed.isEmpty { actions.append(.cancelBackend) }
      _ = query.recordUnknown(&actions)
    }
    query.clientIsGone = true
    close()
  }
}
