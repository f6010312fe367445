import PostgresWire

/// Questions of our own, asked between the client's messages. They go as messages of the extended protocol under names of their
/// own, so that they fit anywhere: inside an unfinished batch they end with Flush, and end neither its implicit transaction nor
/// the block; elsewhere with Sync.
extension QueryPhase {
  static let hiddenName = WireName("issuer hidden")
  /// More than this is not an answer to a question of ours.
  static let capturedRowsMax = 1_000

  mutating func ask(_ query: HiddenQuery, _ actions: inout ActionQueue) {
    guard !isSkipping, !copy.takesData, !clientIsGone, !sawFatal, deferred == nil, !query.sql.utf8.contains(0) else {
      return answer(query.id, nil, &actions)
    }
    deferred = query
    askDeferred(&actions)
  }

  /// Asks once all that can change the transaction status has been answered: a question that fails would fail the client's batch.
  mutating func askDeferred(_ actions: inout ActionQueue) {
    guard let query = deferred, !owed.owesStatus else { return }
    deferred = nil
    guard status != .failed, !isSkipping else { return answer(query.id, nil, &actions) }
    var writer = WireWriter()
    Parse(name: Self.hiddenName, text: Array(query.sql.utf8)).encode(into: &writer)
    Bind(portal: Self.hiddenName, statement: Self.hiddenName).encode(into: &writer)
    Execute(portal: Self.hiddenName).encode(into: &writer)
    Close(.portal(Self.hiddenName)).encode(into: &writer)
    Close(.statement(Self.hiddenName)).encode(into: &writer)
    for kind in [OwedAnswer.Kind.parse, .bind, .execute, .closePortal, .closeStatement] {
      owe(
        OwedAnswer(kind: kind, fate: .hidden, batch: batch, capture: kind == .execute ? query.id : nil))
    }
    if isBatchOpen {
      Flush().encode(into: &writer)
    } else {
      Sync().encode(into: &writer)
      owe(OwedAnswer(kind: .sync, fate: .hidden, batch: batch))
      batch += 1
    }
    actions.append(.sendToBackend(writer.bytes))
  }

  /// The answer to a question has come, or will not come. A judgement that waits for it is asked for again.
  mutating func answer(_ id: UInt64, _ rows: [[[UInt8]?]]?, _ actions: inout ActionQueue) {
    actions.append(.captured(id: id, rows: rows))
    guard let waiting = pending, waiting.asking == id else { return }
    if isSkipping {
      pending = nil
      actions.append(.dropFromClient)
    } else {
      pending?.asking = nil
      actions.append(.judge(waiting.request))
    }
  }
}
