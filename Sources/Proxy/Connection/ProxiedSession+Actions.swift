import PostgresWire
import Reactor

extension ProxiedSession {
  /// Whose bytes `source` are.
  enum Side { case client, backend }

  /// Carries out what the machine says, in order. `run` is what of `source` is on its way to the other side.
  func perform(_ source: RawSpan, _ run: inout Run, from side: Side) {
    while let action = machine.nextAction() {
      switch action {
      case .forwardToBackend: resolveClient(source, &run, side, drops: false)
      case .dropFromClient: resolveClient(source, &run, side, drops: true)
      case .forwardReplaced(let bytes):
        sendToBackend(bytes, source, &run, side)
        resolveClient(source, &run, side, drops: true)
      case .forwardToClient: passFromBackend(source, &run)
      case .examineToClient(let examined): examine(examined, source, &run, isForClient: true)
      case .examineOnly(let examined): examine(examined, source, &run, isForClient: false)
      case .sendToBackend(let bytes): sendToBackend(bytes, source, &run, side)
      case .sendToClient(let bytes):
        if side == .backend { send(source, &run, to: client) }
        client?.write(bytes)
      case .judge(let request): judge(request, source, run, side)
      case .record(let outcome):
        if side == .backend { unsentToClient = run.end - run.start }
        record(outcome)
        unsentToClient = 0
      case .captured(let id, let rows): gate?.captured(id: id, rows: rows)
      case .ready(let status): becameReady(status)
      case .answerEncryption(let byte): answerEncryption(byte)
      case .cancelRequested(let key): cancelRequested(key)
      case .beginLogin(let attempt): beginLogin(attempt)
      case .proveLogin(let clientFinal): proveLogin(clientFinal)
      case .connectBackend: connectBackend()
      case .makeCancelKey(let processID, let secretBytes): makeCancelKey(processID: processID, secretBytes: secretBytes)
      case .established(let key): established(key)
      case .cancelBackend: cancelBackend { [lifeline] in lifeline.session?.handle(.cancelDelivered) }
      case .closeBackend:
        if side == .client { send(source, &run, to: backend) }
        closeBackend()
      case .closeClient:
        if side == .backend { send(source, &run, to: client) }
        closeClient()
      }
    }
  }

  private func sendToBackend(_ bytes: [UInt8], _ source: RawSpan, _ run: inout Run, _ side: Side) {
    if side == .client { send(source, &run, to: backend) }
    backend?.write(bytes)
  }

  /// The message at hand is in `source` while the client's bytes are served, and at the front of its pending bytes otherwise.
  private func resolveClient(_ source: RawSpan, _ run: inout Run, _ side: Side, drops: Bool) {
    if side == .client {
      resolve(source, &run, drops: drops)
      return
    }
    guard clientFeed.atHand != nil else { return }
    let held = clientFeed.pending
    var inner = Run()
    held.withSpan {
      resolve($0, &inner, drops: drops)
      send($0, &inner, to: backend)
    }
    clientFeed.pending = Array(held[inner.end...])
  }

  // MARK: Gate

  private func judge(_ request: StatementRequest, _ source: RawSpan, _ run: Run, _ side: Side) {
    guard !isOver, let gate, let atHand = clientFeed.atHand else { return }
    let start = FrameLimits.headerBytes
    let answer: StatementGate.Answer
    if side == .client {
      unsentToBackend = run.end - run.start
      defer { unsentToBackend = 0 }
      answer = gate.judge(
        request, body: source.extracting(run.end + start..<run.end + start + atHand.bodyBytes),
        nowMilliseconds: loop.nowMilliseconds)
    } else {
      let held = clientFeed.pending
      answer = held.withSpan {
        gate.judge(request, body: $0.extracting(start..<start + atHand.bodyBytes), nowMilliseconds: loop.nowMilliseconds)
      }
    }
    switch answer {
    case .verdict(let verdict):
      if case .approved = verdict { statementStarts(request) }
      machine.judged(verdict)
    case .later(let text): analyseElsewhere(text, request)
    case .auditFailed: auditFailed()
    }
  }

  /// A text too large for the loop's stack and time: the session waits for the analyser's thread, and no other session does.
  private func analyseElsewhere(_ text: [UInt8], _ request: StatementRequest) {
    guard let policy = gate?.policy else { return }
    let me = LoopBound(self, loop: loop)
    context.analyser.submit(text) { [loop] result in
      let entry = StatementEntry.judge(text, result, policy: policy)
      loop.execute { me.value.analysed(entry, request) }
    }
  }

  func record(_ outcome: StatementOutcome) {
    guard let gate else { return }
    switch outcome.result {
    case .cut, .unknown: context.metrics.add(.statementsCut)
    default: break
    }
    if outcome.retries > 0 { context.metrics.add(.statementsRetried) }
    do {
      try reportFindings()
      try gate.ended(outcome)
    } catch {
      context.metrics.add(.auditFailures)
      auditFailed()
    }
  }

  func becameReady(_ status: TransactionStatus) {
    clocks.statementStartMilliseconds = nil
    clocks.lastActivityMilliseconds = loop.nowMilliseconds
    if machine.isIdle { gate?.recorder.forgetAll() }
  }

  // MARK: The end

  /// A CancelRequest to the server, on a connection of its own.
  func cancelBackend(_ completion: @escaping () -> Void) {
    guard let backendKey else {
      completion()
      return
    }
    // The server closes it when the signal has been sent (postmaster.c, processCancelRequest).
    Delivery(StartupPacket.cancelRequest(backendKey).bytes, to: backendTarget, loop: loop, completion: completion)
  }

  func closeBackend() {
    dial?.cancel()
    dial = nil
    backend?.closeAfterFlush()
    backend = nil
    finishIfOver()
  }

  func closeClient() {
    if isCancelling { return }
    client?.closeAfterFlush()
    client = nil
    finishIfOver()
  }

  /// Once both sides are gone: everything that knew of the session forgets it.
  func finishIfOver() {
    guard !isFinished, client == nil, backend == nil, dial == nil else { return }
    isFinished = true
    stopClocks()
    leaveHalfOpen()
    if let cancelNumber { context.cancels.remove(cancelNumber) }
    worker.ended(self)
    lifeline.forget()
    login = nil
    guard let recorder = gate?.recorder else { return }
    context.sessions.remove(recorder.session, of: recorder.lease)
    do {
      try reportFindings()
      try recorder.closed(why: endReason)
    } catch { context.metrics.add(.auditFailures) }
    let (issuer, session, why) = (context.issuer, recorder.session, endReason)
    _ = context.issuerPool.submit { try? issuer.endSession(session, .init(why: why)) }
  }
}
