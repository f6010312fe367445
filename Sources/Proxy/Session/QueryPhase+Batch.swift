import PostgresWire
import Reactor

/// Whole batches at once: what most clients send most (`ClientBatch`), when nothing else is going on, and its answer when it goes well.
/// The same happens as if each message had been handed in by itself, at a tenth of the cost. As soon as anything else comes, the batch
/// under way is unfolded into the answers owed that the messages would have left, and all goes on from there.
extension QueryPhase {
  /// A batch that has been sent to the backend.
  struct BatchUnderWay {
    var isOn = false
    var isQuery = false
    var parses = false
    var describes = false
    var execution: UInt64 = 0
    var number: UInt64 = 0
    /// Of the Query, or of the statement bound.
    var statement: NoteReference?
    /// Body of the Bind, where its portal wants a note of its own.
    var bind: [UInt8] = []
    var keepsBind = false

    /// What the portal's note is, which nobody asks for when all goes well.
    func portal(of statement: NoteReference?) -> NoteReference? {
      (keepsBind ? statement?.note.note(ofPortal: bind).map { NoteReference($0) } : nil) ?? statement
    }

    /// How many answers it is, one by one.
    var count: Int { isQuery ? 1 : 3 + (parses ? 1 : 0) + (describes ? 1 : 0) }
  }

  /// Nothing is going on that a batch would have to heed.
  var takesBatches: Bool {
    !batchUnderWay.isOn && owed.isEmpty && acceptsClient && !isSkipping && !isBatchOpen && !copy.takesData && !copy.sendsData
      && deferred == nil && !poisonsAtReady && !sawFatal && rows == 0 && !guarded.contains(.rows) && limits.answersOwedMax > 5
      && names.count(.portals) < limits.namesMax && names.count(.statements) < limits.namesMax
  }

  /// The batch has been approved: the client's messages go on as they came.
  ///
  /// - Parameters:
  ///   - statement: the approval's note of the Query or Parse; else that of the statement bound.
  ///   - bind: body of the Bind, if its portal wants a note of its own.
  mutating func began(_ batch: ClientBatch, statement: NoteReference?, bind: RawSpan?) {
    precondition(takesBatches, "messages are under way")
    lastExecution += 1
    batchUnderWay.isOn = true
    batchUnderWay.isQuery = batch.isQuery
    batchUnderWay.parses = !batch.isQuery && batch.text != nil
    batchUnderWay.describes = batch.describes
    batchUnderWay.execution = lastExecution
    batchUnderWay.number = self.batch
    batchUnderWay.statement = statement
    batchUnderWay.keepsBind = false
    if let bind {
      batchUnderWay.keepsBind = true
      batchUnderWay.bind.removeAll(keepingCapacity: true)
      bind.append(to: &batchUnderWay.bind)
    }
    if let statement, !batch.isQuery || statement.note.onlySelects { beginAttempt(statement) }
    self.batch += 1
  }

  /// The messages of the batch that has begun, as the backend gets them.
  mutating func keep(_ messages: RawSpan) {
    if attempt.isOpen { attempt.keepWhole(messages, answers: batchUnderWay.count, isQuery: batchUnderWay.isQuery) }
  }

  /// The answer to the batch under way, if it went well and is all there, and changes nothing but what each one does.
  func answer(atFrontOf bytes: RawSpan) -> ServerAnswer? {
    guard batchUnderWay.isOn, !clientIsGone, cancelsUnderWay == 0,
      let answer = ServerAnswer(
        atFrontOf: bytes, isQuery: batchUnderWay.isQuery, parses: batchUnderWay.parses, describes: batchUnderWay.describes,
        rowsMax: results.rowsMax, bodyBytesMax: results.bytesMax)
    else { return nil }
    if let description = answer.rowDescription, description.count > limits.gatheredBytesMax { return nil }
    return PreparedStatements.mayChangeNames(tag: bytes.extracting(answer.tag)) ? nil : answer
  }

  /// That answer goes to the client as it came.
  mutating func answered(_ answer: ServerAnswer, in bytes: RawSpan) -> StatementOutcome {
    precondition(batchUnderWay.isOn, "no batch is under way")
    batchUnderWay.isOn = false
    attempt.abandon()
    let statement = batchUnderWay.statement.take()
    let number = batchUnderWay.number
    if !batchUnderWay.isQuery {
      if batchUnderWay.parses { names.setUnnamed(.statements, statement, batch: number) }
      if answer.status != .idle { names.setUnnamed(.portals, batchUnderWay.portal(of: statement), batch: number) }
    }
    status = answer.status
    lastFate = .forward
    // Portals, this batch's with them, end with the transaction.
    if answer.status == .idle { names.endTransaction(batch: number) }
    return StatementOutcome(
      execution: ExecutionID(number: batchUnderWay.execution), part: 0,
      result: .completed(tag: CommandComplete.tag(bytes.extracting(answer.tag))), rows: answer.rows.count,
      bytes: answer.rows.bodyBytes)
  }

  /// As if its messages had been handed in one by one.
  mutating func unfoldBatch() {
    guard batchUnderWay.isOn else { return }
    batchUnderWay.isOn = false
    let statement = batchUnderWay.statement.take()
    let (execution, number) = (batchUnderWay.execution, batchUnderWay.number)
    if batchUnderWay.isQuery {
      owed.append(OwedAnswer(kind: .query, execution: execution, batch: number, note: statement))
      return
    }
    if batchUnderWay.parses {
      var parse = OwedAnswer(kind: .parse, batch: number)
      names.change(.statements, .unnamed, exists: true, note: statement, &parse)
      owed.append(parse)
    }
    let note = batchUnderWay.portal(of: statement)
    var bind = OwedAnswer(kind: .bind, batch: number)
    names.change(.portals, .unnamed, exists: true, note: note, &bind)
    owed.append(bind)
    if batchUnderWay.describes { owed.append(OwedAnswer(kind: .describePortal, batch: number, note: note)) }
    owed.append(OwedAnswer(kind: .execute, execution: execution, batch: number, note: note))
    owed.append(OwedAnswer(kind: .sync, batch: number))
  }
}
