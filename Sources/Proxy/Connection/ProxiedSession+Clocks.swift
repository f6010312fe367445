import PostgresWire
import Reactor
import SQLAnalysis

/// The timers of one session. Idle and statement time are looked at now and then, so that a statement sets no timer.
struct SessionClocks {
  var lastActivityMilliseconds: UInt64 = 0
  /// The lease's end. The timer tells the client; this keeps anything from being forwarded in the moment before it fires.
  var leaseEnd: Deadline?
  var statementStartMilliseconds: UInt64?
  var awaitedReason = false
  var isServerGone = false
  /// An end that waits for the boundary between two messages to the client.
  var pendingEnd: ErrorResponse?
  var login = TimerToken.none
  var deadline = TimerToken.none
  var idle = TimerToken.none
  var statement = TimerToken.none
  var force = TimerToken.none
  /// The server said that an administrator ends the session: the issuer's event, which says why, may be a moment behind.
  var reason = TimerToken.none
  var awaitsReason: Bool { reason != .none }
}

extension ProxiedSession {
  /// How long the end of a session may take before both sockets are closed without further words.
  private static let forceMilliseconds = 700

  func startLoginClock() {
    let limit = context.configuration.limits.loginSeconds
    clocks.lastActivityMilliseconds = loop.nowMilliseconds
    clocks.login = loop.schedule(afterMilliseconds: limit * 1000) { [lifeline] in
      lifeline.session?.endReason = "the login took too long"
      lifeline.session?.endSoon(ErrorReplies.loginTimeout())
    }
  }

  func stopLoginClock() {
    loop.cancel(clocks.login)
    clocks.login = .none
  }

  func stopClocks() {
    for token in [clocks.login, clocks.deadline, clocks.idle, clocks.statement, clocks.force, clocks.reason] {
      loop.cancel(token)
    }
    clocks = SessionClocks()
  }

  /// The lease's end, by the milliseconds that the server's clock had left.
  /// - Parameter asked: the loop's clock when it was asked for: the answer took its time, and no session of a lease outlives it.
  func startDeadline(remainingMilliseconds: Int, askedAtMilliseconds asked: UInt64) {
    if isFinished { return }
    loop.cancel(clocks.deadline)
    let end = Deadline(remainingMilliseconds: remainingMilliseconds, nowNanoseconds: asked &* 1_000_000)
    clocks.leaseEnd = end
    let left = end.remainingNanoseconds(nowNanoseconds: loop.nowMilliseconds &* 1_000_000) / 1_000_000
    clocks.deadline = loop.schedule(afterMilliseconds: Int(left)) { [lifeline] in
      lifeline.session?.leaseEnded("the lease has expired")
    }
  }

  /// Whether nothing of the client's goes on any more: the lease is over, or the session has had its last word.
  var isOver: Bool {
    clocks.pendingEnd != nil || clocks.leaseEnd?.isOver(nowNanoseconds: loop.nowMilliseconds &* 1_000_000) == true
  }

  /// The lease is over: deadline, or an event of the issuer.
  func leaseEnded(_ reason: String) {
    endReason = reason
    endSoon(ErrorReplies.leaseEnded(reason))
  }

  // MARK: Why the server ends it

  /// How long the server's own farewell is held back for the lease's end to be told with its reason.
  private static let reasonMilliseconds = 500

  /// Whether the server's message at hand is the farewell of a terminated backend that has to wait. The issuer terminates the
  /// backends of a lease and tells the proxies at the same time: the client is to hear why, whichever comes first.
  func awaitsReason(_ header: FrameHeader, _ message: RawSpan) -> Bool {
    if clocks.awaitsReason { return true }
    guard machine.isEstablished, !clocks.awaitedReason, clocks.pendingEnd == nil else { return false }
    let body = message.extracting(FrameLimits.headerBytes..<min(message.byteCount, header.totalBytes))
    let head = ErrorResponse.head(body)
    guard head.severity == .fatal, head.sqlState == .adminShutdown else { return false }
    clocks.awaitedReason = true
    backend?.pauseReading()
    backendFeed.needs = Int.max
    clocks.reason = loop.schedule(afterMilliseconds: Self.reasonMilliseconds) { [lifeline] in
      lifeline.session?.stopAwaitingReason()
    }
    return true
  }

  /// Nobody said why: the server's farewell goes on as it came.
  func stopAwaitingReason() {
    guard clocks.awaitsReason else { return }
    loop.cancel(clocks.reason)
    clocks.reason = .none
    backendFeed.needs = 0
    backend?.resumeReading()
    [UInt8]().withSpan { receivedFromBackend($0) }
    if clocks.isServerGone { backendGone() }
  }

  // MARK: Idle

  func startIdleClock(_ seconds: Int?) {
    guard let seconds else { return }
    scheduleIdle(seconds, afterMilliseconds: seconds * 1000)
  }

  private func scheduleIdle(_ seconds: Int, afterMilliseconds delay: Int) {
    clocks.idle = loop.schedule(afterMilliseconds: max(10, delay)) { [lifeline] in lifeline.session?.lookAtIdleTime(seconds) }
  }

  private func lookAtIdleTime(_ seconds: Int) {
    guard !isFinished else { return }
    let idle = machine.isIdle ? Int(loop.nowMilliseconds &- clocks.lastActivityMilliseconds) : 0
    if idle >= seconds * 1000 {
      endReason = "idle for \(seconds) s"
      endSoon(ErrorReplies.idle(seconds: seconds))
    } else {
      scheduleIdle(seconds, afterMilliseconds: seconds * 1000 - idle)
    }
  }

  // MARK: Statement time

  func statementStarts(_ request: StatementRequest) {
    switch request {
    case .query, .execute, .functionCall: break
    case .parse, .bind, .copyData: return
    }
    statementStarts()
  }

  func statementStarts() {
    guard let limit = gate?.policy.limits.statementSecondsMax else { return }
    if clocks.statementStartMilliseconds == nil { clocks.statementStartMilliseconds = loop.nowMilliseconds }
    if clocks.statement == .none { scheduleStatement(limit, afterMilliseconds: limit * 1000) }
  }

  private func scheduleStatement(_ limit: Int, afterMilliseconds delay: Int) {
    clocks.statement = loop.schedule(afterMilliseconds: max(10, delay)) { [lifeline] in
      lifeline.session?.lookAtStatementTime(limit)
    }
  }

  private func lookAtStatementTime(_ limit: Int) {
    guard !isFinished else { return }
    clocks.statement = .none
    guard let start = clocks.statementStartMilliseconds else { return }
    let spent = Int(loop.nowMilliseconds &- start)
    if spent >= limit * 1000 {
      clocks.statementStartMilliseconds = nil
      handle(.limitReached(ErrorReplies.tooSlow(seconds: limit)))
    } else {
      scheduleStatement(limit, afterMilliseconds: limit * 1000 - spent)
    }
  }

  // MARK: The end

  /// Ends the session with a last word to the client, at the next boundary between two messages; by force when that does not come.
  func endSoon(_ error: ErrorResponse) {
    guard !isFinished, clocks.pendingEnd == nil else { return }
    clocks.pendingEnd = error
    clocks.force = loop.schedule(afterMilliseconds: Self.forceMilliseconds) { [lifeline] in lifeline.session?.endByForce() }
    let me = LoopBound(self, loop: loop)
    // Never in the middle of a step.
    loop.execute { me.value.endAtBoundary() }
  }

  func endAtBoundary() {
    guard let error = clocks.pendingEnd, !isFinished, !backendFeed.isInsideMessage, !machine.isClosed else { return }
    handle(.end(error))
  }

  /// The client does not read, or the server does not go on: cancel what runs, and close.
  private func endByForce() {
    guard !isFinished else { return }
    if machine.isEstablished, !machine.isIdle { cancelBackend {} }
    client?.close()
    client = nil
    handle(.clientClosed)
    backend?.close()
    backend = nil
    finishIfOver()
  }

  // MARK: Half-close

  /// The client sends no more. A client that shut down its sending side still gets what it asked for; one that is gone must not keep
  /// a query running. A message that changes nothing tells the two apart: only a socket that is gone answers it with a reset.
  func clientEnded() {
    if machine.isTerminated, machine.answering != nil { return }
    guard machine.isEstablished, machine.answering != nil || !clientFeed.pending.isEmpty else {
      clientIsDone()
      return
    }
    probesClient = true
    probeClient()
  }

  /// Only a socket that is gone answers this with a reset.
  private func probeClient() {
    guard !backendFeed.isInsideMessage, let encoding = machine.settings.serverEncoding else { return }
    var writer = WireWriter()
    ParameterStatus(name: "server_encoding", value: encoding).encode(into: &writer)
    client?.write(writer.bytes)
  }

  /// The client's end came while it was held back, behind what it has sent.
  func streamMayBeGone(_ stream: SocketStream) {
    if stream === client, machine.isEstablished, !machine.isTerminated { probeClient() }
  }

  func finishHalfClose() {
    guard machine.answering == nil, clientFeed.pending.isEmpty || !machine.acceptsClient else { return }
    if machine.acceptsClient || machine.isIdle { clientIsDone() }
  }

  /// The client's side is over: its socket goes too, or the session would never end.
  private func clientIsDone() {
    probesClient = false
    handle(.clientClosed)
    closeClient()
  }

  // MARK: Analysis elsewhere

  /// The analyser's thread is done with the message at hand.
  func analysed(_ entry: StatementEntry, _ request: StatementRequest) {
    guard !isFinished, !isOver, let gate, let atHand = clientFeed.atHand else { return }
    gate.analysed(entry)
    let held = clientFeed.pending
    let start = FrameLimits.headerBytes
    guard held.count >= start + atHand.bodyBytes else { return }
    let answer = held.withSpan {
      gate.judge(request, body: $0.extracting(start..<start + atHand.bodyBytes), nowMilliseconds: loop.nowMilliseconds)
    }
    switch answer {
    case .verdict(let verdict):
      if case .approved = verdict { statementStarts(request) }
      handle(.judged(verdict))
    case .later:
      handle(.judged(.refused(ErrorReplies.unparsed(.init(reason: .tooComplex, message: "the text was not analysed")))))
    case .auditFailed: auditFailed()
    }
  }
}
