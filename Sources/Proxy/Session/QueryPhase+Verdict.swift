import PostgresWire

extension QueryPhase {
  /// The gate's answer to the message at hand.
  mutating func judged(_ verdict: Verdict, _ actions: inout ActionQueue) {
    decided(verdict, &actions)
    if farewell != nil, pending == nil { sendFarewell(&actions) }
  }

  /// The client's stream is broken. False when nothing that it sent before is still to be answered.
  mutating func leave(_ error: ErrorResponse, _ actions: inout ActionQueue) -> Bool {
    guard farewell == nil, !copy.takesData, pending != nil || !owed.isEmpty else { return farewell != nil }
    farewell = error
    if pending == nil { sendFarewell(&actions) }
    return true
  }

  /// The backend answers what it has, and goes: what is not committed by then is taken back, as in PostgreSQL.
  private func sendFarewell(_ actions: inout ActionQueue) {
    var writer = WireWriter()
    Flush().encode(into: &writer)
    Terminate().encode(into: &writer)
    actions.append(.sendToBackend(writer.bytes))
  }

  private mutating func decided(_ verdict: Verdict, _ actions: inout ActionQueue) {
    guard pending?.asking == nil, let judged = pending.take() else { return }
    if isSkipping {
      // Something sent before it has failed meanwhile: PostgreSQL would not read it, so it does not run.
      if judged.execution != 0, case .approved = verdict { record(judged.execution, 0, .skipped, 0, 0, &actions) }
      actions.append(.dropFromClient)
      return
    }
    switch verdict {
    case .approved(let approval):
      approve(judged, approval, &actions)
    case .refused(let error):
      actions.append(.dropFromClient)
      switch judged.request {
      case .query: refuseQuery(error, forgetsUnnamed: true, &actions)
      case .functionCall: refuseQuery(error, forgetsUnnamed: false, &actions)
      case .parse: refuseExtended(error, unnamedParse: judged.name.isUnnamed, &actions)
      case .bind, .execute: refuseExtended(error, unnamedParse: false, &actions)
      case .copyData: refuseData(error, &actions)
      }
    case .askFirst(let query):
      judged.asking = query.id
      pending = judged
      ask(query, &actions)
    }
  }

  private mutating func approve(_ judged: Pending, _ approval: Approval, _ actions: inout ActionQueue) {
    switch judged.request {
    case .copyData(_, let isEnd):
      // The backend may have failed meanwhile: nobody waits for data then.
      guard copy.takesData else { return actions.append(.dropFromClient) }
      actions.append(.forwardToBackend)
      if isEnd { endTaking() } else { copy.took(judged.copyBytes) }
    case .query:
      let replacement = approval.replacement.map { text in
        var writer = WireWriter()
        Query(text: text).encode(into: &writer)
        return writer.bytes
      }
      if let replacement, approval.note?.note.onlySelects == true {
        beginAttempt(approval.note)
        attempt.keepReplaced(replacement)
      }
      forward(replacement, &actions)
      var answer = OwedAnswer(
        kind: .query, execution: judged.execution, batch: batch, note: approval.note, effects: approval.nameEffects)
      answer.heldBytes = approval.footprintBytes
      owe(answer)
      batch += 1
      isBatchOpen = false
      if approval.mayCopyIn { copy.hold(judged.execution) }
    case .functionCall:
      actions.append(.forwardToBackend)
      owe(OwedAnswer(kind: .functionCall, execution: judged.execution, batch: batch))
      batch += 1
      isBatchOpen = false
    case .parse:
      let replacement = approval.replacement.map { text in
        var writer = WireWriter()
        writer.message(Parse.type) {
          $0.string(utf8: judged.name.utf8)
          $0.string(utf8: text)
          $0.raw(judged.tail)
        }
        return writer.bytes
      }
      if let replacement {
        if !attempt.isOpen { beginAttempt(approval.note) }
        attempt.keepReplaced(replacement)
      }
      forward(replacement, &actions)
      var answer = OwedAnswer(kind: .parse, batch: batch)
      names.change(.statements, judged.name, exists: true, note: approval.note, &answer)
      answer.heldBytes = approval.footprintBytes
      owe(answer)
      isBatchOpen = true
      askForAnswers(&actions)
    case .bind(let statement, _):
      let replacement = approval.replacement.map { body in
        var writer = WireWriter()
        writer.message(Bind.type) { $0.raw(body) }
        return writer.bytes
      }
      if let replacement { attempt.keepReplaced(replacement) }
      forward(replacement, &actions)
      var answer = OwedAnswer(kind: .bind, batch: batch)
      names.change(.portals, judged.name, exists: true, note: approval.note ?? statement, &answer)
      answer.heldBytes = approval.footprintBytes
      owe(answer)
      isBatchOpen = true
      askForAnswers(&actions)
    case .execute(_, let note):
      if approval.describesFirst {
        var writer = WireWriter()
        Describe(.portal(judged.name)).encode(into: &writer)
        attempt.keepBeforeLast(writer.bytes)
        actions.append(.sendToBackend(writer.bytes))
        owe(
          OwedAnswer(kind: .describePortal, fate: .hidden, execution: judged.execution, batch: batch, note: note))
      }
      actions.append(.forwardToBackend)
      owe(
        OwedAnswer(
          kind: .execute, execution: judged.execution, batch: batch, name: judged.name, note: note, effects: approval.nameEffects)
      )
      isBatchOpen = true
      if approval.mayCopyIn {
        copy.hold(judged.execution)
        // Without it a statement that is no COPY would keep its answer to itself until Sync, and we the client.
        flush(&actions)
      }
    }
  }

  /// The client has to wait when what waits for answers takes too much memory: then they must come, Sync or not.
  private func askForAnswers(_ actions: inout ActionQueue) {
    if owed.heldBytes > limits.heldBytesMax { flush(&actions) }
  }

  private func flush(_ actions: inout ActionQueue) {
    var writer = WireWriter()
    Flush().encode(into: &writer)
    actions.append(.sendToBackend(writer.bytes))
  }

  private func forward(_ replacement: [UInt8]?, _ actions: inout ActionQueue) {
    if let replacement { actions.append(.forwardReplaced(replacement)) } else { actions.append(.forwardToBackend) }
  }

  /// Refuses a Query or FunctionCall: an error, then ReadyForQuery.
  mutating func refuseQuery(_ error: ErrorResponse, forgetsUnnamed: Bool, _ actions: inout ActionQueue) {
    attempt.abandon()
    // A Query forgets the unnamed statement, also one that fails: if there is one, the backend has to see a Query.
    if answersLocally, !forgetsUnnamed || names.slot(.statements, .unnamed) == nil {
      var writer = WireWriter()
      error.encode(into: &writer)
      ReadyForQuery(status).encode(into: &writer)
      actions.append(.ready(status))
      actions.append(.sendToClient(writer.bytes))
      return
    }
    let kind = forgetsUnnamed ? OwedAnswer.Kind.query : .functionCall
    owe(OwedAnswer(kind: kind, fate: .poisoned, batch: batch, answer: error.bytes))
    batch += 1
    isBatchOpen = false
    actions.append(.sendToBackend(forgetsUnnamed ? Poison.query : Poison.broken(Query.type, .text)))
  }

  /// Refuses a message of the extended protocol: an error, then everything is dropped up to Sync, which the backend answers.
  mutating func refuseExtended(_ error: ErrorResponse, unnamedParse: Bool, _ actions: inout ActionQueue) {
    attempt.abandon()
    isSkipping = true
    if answersLocally {
      if unnamedParse {
        // PostgreSQL forgets the old unnamed statement before it looks at the new text.
        var answer = OwedAnswer(kind: .closeStatement, fate: .hidden, batch: batch)
        names.change(.statements, .unnamed, exists: false, &answer)
        owe(answer)
        isBatchOpen = true
        var writer = WireWriter()
        Close(.statement(.unnamed)).encode(into: &writer)
        actions.append(.sendToBackend(writer.bytes))
      }
      actions.append(.sendToClient(error.bytes))
      return
    }
    owe(OwedAnswer(kind: .parse, fate: .poisoned, batch: batch, answer: error.bytes))
    isBatchOpen = true
    actions.append(.sendToBackend(Poison.parse(unnamed: unnamedParse)))
  }

  /// A message that cannot be read: the backend gets one with the same flaw, and its error is the answer. False for what PostgreSQL
  /// would not go on after.
  mutating func passBroken(_ type: UInt8, _ error: WireError, _ actions: inout ActionQueue) -> Bool {
    switch type {
    case Query.type, FunctionCall.type:
      actions.append(.dropFromClient)
      actions.append(.sendToBackend(Poison.broken(Query.type, error.code)))
      owe(OwedAnswer(kind: .query, fate: .broken, batch: batch))
      batch += 1
      isBatchOpen = false
    case Parse.type, Execute.type:
      actions.append(.dropFromClient)
      actions.append(.sendToBackend(Poison.broken(type, error.code)))
      owe(OwedAnswer(kind: .parse, fate: .broken, batch: batch))
      isSkipping = true
      isBatchOpen = true
    case Bind.type, Describe.type, Close.type, Flush.type:
      // These run nothing, and what PostgreSQL says depends on more than the flaw.
      actions.append(.forwardToBackend)
      owe(OwedAnswer(kind: .parse, fate: .broken, batch: batch))
      isSkipping = true
      isBatchOpen = true
    default: return false
    }
    return true
  }
}
