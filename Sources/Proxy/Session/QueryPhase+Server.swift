import PostgresWire

/// Gathered messages of the backend.
extension QueryPhase {
  mutating func server(_ type: UInt8, _ body: RawSpan, _ actions: inout ActionQueue) throws(WireError) {
    switch type {
    case DataRow.type:
      let row = try DataRow.decode(body)
      captured.append(row.values)
    case ParameterDescription.type: try describeParameters(body, &actions)
    case RowDescription.type: describeRows(&actions)
    case CommandComplete.type: try end(.completed(tag: try CommandComplete.decode(body).tag), type, &actions)
    case EmptyQueryResponse.type:
      _ = try EmptyQueryResponse.decode(body)
      try end(.empty, type, &actions)
    case PortalSuspended.type:
      _ = try PortalSuspended.decode(body)
      try end(.suspended, type, &actions)
    case ErrorResponse.type:
      let head = ErrorResponse.head(body)
      failed(head.severity, head.sqlState ?? .internalError, &actions)
    case ErrorResponse.noticeType: actions.append(.examineToClient(.notice))
    case NotificationResponse.type: actions.append(.examineToClient(.notification))
    case ParameterStatus.type:
      settings.set(try ParameterStatus.decode(body))
      actions.append(guarded.contains(.parameterStatuses) ? .examineToClient(.parameterStatus) : .forwardToClient)
    case FunctionCallResponse.type:
      let counts = takeCounts()
      record(owed.first.execution, 0, .completed(tag: "FUNCTION CALL"), counts.rows, counts.bytes, &actions)
      owed.first.execution = 0
      actions.append(.forwardToClient)
    case ReadyForQuery.type: try ready(try ReadyForQuery.decode(body).status, &actions)
    default: throw outOfTurn(type)
    }
  }

  /// Without the types of parameters that the client knows nothing of.
  private func describeParameters(_ body: RawSpan, _ actions: inout ActionQueue) throws(WireError) {
    var description = try ParameterDescription.decode(body)
    let hidden = owed.isEmpty ? 0 : owed.first.note?.note.hiddenParameters ?? 0
    guard description.typeOIDs.count >= hidden else { throw outOfTurn(ParameterDescription.type) }
    description.typeOIDs.removeLast(hidden)
    var writer = WireWriter()
    description.encode(into: &writer)
    if !clientIsGone { actions.append(.sendToClient(writer.bytes)) }
  }

  private mutating func describeRows(_ actions: inout ActionQueue) {
    let (kind, fate, execution) = (owed.first.kind, owed.first.fate, owed.first.execution)
    let examined = Examined.rowDescription(
      execution: execution == 0 ? nil : ExecutionID(number: execution), note: owed.first.note)
    if kind != .query { owed.removeFirst() }
    actions.append(fate == .hidden ? .examineOnly(examined) : .examineToClient(examined))
  }

  /// A statement of the running Query, or the running Execute, has come to an end that is no error.
  private mutating func end(
    _ result: StatementOutcome.Result, _ type: UInt8, _ actions: inout ActionQueue
  ) throws(WireError) {
    guard !owed.isEmpty, owed.first.kind == .query || owed.first.kind == .execute,
      owed.first.fate.mayAnswer || owed.first.fate == .hidden
    else {
      throw outOfTurn(type)
    }
    if case .completed(let tag) = result { names.completed(tag: tag, &owed.first.effects) }
    // Member by member: a copy of the whole counts references.
    let (kind, fate, execution, part) = (owed.first.kind, owed.first.fate, owed.first.execution, owed.first.part)
    let counts = takeCounts()
    switch fate {
    case .hidden:
      let capture = owed.first.capture
      owed.removeFirst()
      if let id = capture {
        let rows = captureIsTooLong ? nil : captured
        forgetCaptured()
        self.answer(id, rows, &actions)
      }
      return
    case .cut where kind == .query:
      // The cancel may still reach a statement behind it in the same text.
      record(execution, part, .cut(cutState, completed: true), counts.rows, counts.bytes, &actions)
    case .cut:
      record(execution, 0, .cut(cutState, completed: true), counts.rows, counts.bytes, &actions)
      let answer = owed.first.answer
      owed.removeFirst()
      copy.release(execution)
      sendCutAnswer(answer, &actions)
      swallowBatch()
      return
    case .forward, .swallowed, .poisoned, .broken:
      record(execution, part, result, counts.rows, counts.bytes, &actions)
      if fate == .forward { actions.append(.forwardToClient) }
    }
    if kind == .execute {
      if case .suspended = result { names.countRows(portal: owed.first.name, rows: counts.rows, bytes: counts.bytes) }
      copy.release(execution)
      owed.removeFirst()
    } else {
      owed.first.part += 1
    }
  }

  /// What the statement has sent, and zero for the next.
  private mutating func takeCounts() -> (rows: UInt64, bytes: UInt64) {
    let counts = (rows: rows, bytes: max(bytes, copy.bytesTaken))
    rows = 0
    bytes = 0
    isDescribed = false
    before = (0, 0)
    copy.forgetBytes()
    return counts
  }

  private mutating func sendCutAnswer(_ error: [UInt8]?, _ actions: inout ActionQueue) {
    if let error { actions.append(.sendToClient(error)) }
    poisonsAtReady = true
  }

  /// A cut Execute completed after all, and the backend goes on with what was sent behind it, which the client counts as skipped.
  private mutating func swallowBatch() {
    let count = owed.countBeforeSync
    if count == owed.count { isSkipping = true }
    for index in 0..<count where owed[index].fate == .forward { owed[index].fate = .swallowed }
  }

  private mutating func ready(_ new: TransactionStatus, _ actions: inout ActionQueue) throws(WireError) {
    if attempt.isFailing {
      guard new == .idle else { throw outOfTurn(ReadyForQuery.type) }
      if triesAgain(&actions) { return }
      failed(nil, cutState, &actions)
    }
    guard !owed.isEmpty, owed.first.kind.isWhole || owed.first.kind == .sync else { throw outOfTurn(ReadyForQuery.type) }
    let (kind, fate, execution, batch) = (owed.first.kind, owed.first.fate, owed.first.execution, owed.first.batch)
    // A refused text that did not fail, or a statement without an end: then this is no PostgreSQL.
    guard fate != .poisoned, fate != .broken, !kind.isWhole || execution == 0 || owed.first.part > 0
    else { throw outOfTurn(ReadyForQuery.type) }
    status = new
    isDescribed = false
    let answer = kind.isWhole && fate == .cut ? owed.first.answer : nil
    owed.removeFirst()
    if batch == attempt.batch { attempt.abandon() }
    copy.release(execution)
    if kind.isWhole, fate == .cut {
      if kind == .functionCall {
        let counts = takeCounts()
        record(execution, 0, .cut(cutState, completed: true), counts.rows, counts.bytes, &actions)
      }
      sendCutAnswer(answer, &actions)
    }
    if new == .idle { names.endTransaction(batch: batch) }
    if poisonsAtReady {
      poisonsAtReady = false
      if new == .block, owed.isEmpty {
        // The client was told of an error, so the block must not go on. The answer to this Query ends the client's wait.
        owe(OwedAnswer(kind: .query, fate: .swallowed, batch: batch))
        actions.append(.sendToBackend(Poison.query))
        return
      }
    }
    if kind != .sync || fate != .hidden {
      actions.append(.ready(new))
      actions.append(.forwardToClient)
    }
    askDeferred(&actions)
  }

  // MARK: Errors

  private mutating func failed(_ severity: ErrorResponse.Severity?, _ state: SQLState, _ actions: inout ActionQueue) {
    if severity == .fatal || severity == .panic {
      sawFatal = true
      if !owed.isEmpty, isRun(owed.first) {
        recordFailure(owed.first, state, &actions)
        owed.first.execution = 0
      }
      return forwardError(nil, &actions)
    }
    guard !owed.isEmpty else { return forwardError(nil, &actions) }
    if state == .deadlockDetected, mayTryAgain { return attempt.fail() }
    attempt.abandon()
    let answer = owed.first
    let owesSync = copy.failed()
    if isRun(answer) { recordFailure(answer, state, &actions) }
    if !answer.kind.isWhole { recordSkipped(&actions) }
    switch answer.fate {
    case .forward, .broken: forwardError(answer.execution == 0 ? nil : answer.execution, &actions)
    case .poisoned, .cut:
      if let bytes = answer.answer { actions.append(.sendToClient(bytes)) }
    case .hidden:
      // In a batch of the client's the backend now skips to Sync: so must the client. Else our own Sync ends it.
      if answer.kind != .sync, countBeforeSyncIsClients { forwardError(nil, &actions) }
    case .swallowed: break
    }
    switch answer.kind {
    case .query, .functionCall:
      // ReadyForQuery follows. A refusal, or a limit that cut it, has had its answer.
      if answer.fate != .forward { owed.first.fate = .swallowed }
      copy.release(answer.execution)
      owed.first.execution = 0
    case .sync: break
    default: failBatch(&actions)
    }
    if owesSync { sendKeptSync(&actions) }
  }

  /// What was sent behind a failure, up to Sync, does not run.
  private mutating func recordSkipped(_ actions: inout ActionQueue) {
    let count = owed.countBeforeSync
    guard count > 1 else { return }
    for index in 1..<count where isRun(owed[index]) { record(owed[index].execution, 0, .skipped, 0, 0, &actions) }
  }

  /// Whether the next Sync owed (or to come) is the client's.
  private var countBeforeSyncIsClients: Bool {
    let index = owed.countBeforeSync
    return index == owed.count || owed[index].fate != .hidden
  }

  private func isRun(_ answer: OwedAnswer) -> Bool { answer.execution != 0 && (answer.kind.isWhole || answer.kind == .execute) }

  private mutating func recordFailure(_ answer: OwedAnswer, _ state: SQLState, _ actions: inout ActionQueue) {
    let counts = takeCounts()
    let result = answer.fate == .cut ? StatementOutcome.Result.cut(cutState, completed: false) : .failed(state)
    record(answer.execution, answer.part, result, counts.rows, counts.bytes, &actions)
  }

  private func forwardError(_ execution: UInt64?, _ actions: inout ActionQueue) {
    actions.append(
      guarded.contains(.errors)
        ? .examineToClient(.error(execution: execution.map { ExecutionID(number: $0) })) : .forwardToClient)
  }

  /// The backend skips to Sync: the answers owed before it will not come.
  private mutating func failBatch(_ actions: inout ActionQueue) {
    let count = owed.countBeforeSync
    if count == owed.count { isSkipping = true }
    // The later changes of names are taken back first.
    for index in stride(from: count - 1, through: 0, by: -1) where owed[index].serial != 0 { takeBack(at: index) }
    var unanswered: [UInt64] = []
    for index in 0..<count {
      let answer = owed[index]
      copy.release(answer.execution)
      if let id = answer.capture { unanswered.append(id) }
    }
    owed.removeFirst(count)
    forgetCaptured()
    if isSkipping, let query = deferred {
      deferred = nil
      unanswered.append(query.id)
    }
    for id in unanswered { answer(id, nil, &actions) }
  }

  private mutating func forgetCaptured() {
    captured = []
    captureIsTooLong = false
  }

  private mutating func takeBack(at index: Int) {
    let answer = owed[index]
    let table: PreparedStatements.Table =
      switch answer.kind {
      case .bind, .closePortal: .portals
      default: .statements
      }
    if names.takeBack(table, answer) { return }
    // A later batch has changed the name again: what stood before it is now what stood before this one.
    for later in index + 1..<owed.count where owed[later].previous?.serial == answer.serial {
      owed[later].previous = answer.previous
    }
  }

  private mutating func sendKeptSync(_ actions: inout ActionQueue) {
    var writer = WireWriter()
    Sync().encode(into: &writer)
    owe(OwedAnswer(kind: .sync, batch: batch))
    batch += 1
    isSkipping = false
    isBatchOpen = false
    actions.append(.sendToBackend(writer.bytes))
  }

  func record(
    _ execution: UInt64, _ part: Int, _ result: StatementOutcome.Result, _ rows: UInt64, _ bytes: UInt64,
    _ actions: inout ActionQueue
  ) {
    guard execution != 0 else { return }
    actions.append(
      .record(
        StatementOutcome(
          execution: ExecutionID(number: execution), part: part, result: result, rows: rows, bytes: bytes,
          retries: owed.isEmpty || owed.first.batch != attempt.batch ? 0 : attempt.retries)))
  }

  /// The session ends: nobody will know of what has not been answered.
  mutating func recordUnknown(_ actions: inout ActionQueue) -> Bool {
    var any = false
    while !owed.isEmpty {
      let answer = owed.first
      if isRun(answer) {
        let counts = takeCounts()
        record(answer.execution, answer.part, .unknown, counts.rows, counts.bytes, &actions)
        any = true
      }
      owed.removeFirst()
    }
    pending = nil
    return any
  }
}
