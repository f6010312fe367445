import Audit
import PostgresWire
import Reactor

/// Whole batches (`ClientBatch`) of statements of which everything is known already: no question to ask, nothing to change in them.
extension StatementGate {
  /// Bytes of a Bind with parameters that are kept until its answer has come; a longer one goes by itself.
  private static let bindBytesMax = 2048

  /// What the machine is to know of an approved batch.
  struct BatchApproval {
    /// Of the Query or Parse; else of the statement bound.
    var statement: NoteReference
    /// The portal wants a note of its own.
    var keepsBind = false
  }

  /// Approves a batch as `judge` would approve each of its messages, and puts it on record.
  ///
  /// - Parameters:
  ///   - bytes: what the batch was found in.
  ///   - statement: the note of the statement bound, where the batch does not parse it.
  /// - Returns: nil when its messages have to be judged one by one; nothing has happened then.
  /// - Throws: the audit log failed.
  func approve(
    _ batch: ClientBatch, in bytes: RawSpan, statement: NoteReference?, execution: ExecutionID
  ) throws -> BatchApproval? {
    guard judgesBatches, batch.bind.count <= Self.bindBytesMax else { return nil }
    let note: StatementNoteOfGate
    let reference: NoteReference
    if let text = batch.text {
      guard let entry = entry(ofPlain: bytes.extracting(text)) else { return nil }
      note = StatementNoteOfGate(entry: entry)
      guard note.isPlain else { return nil }
      reference = NoteReference(note)
      if !batch.isQuery { lastParsed = note }
    } else {
      guard let statement, let known = statement.note as? StatementNoteOfGate, known.isPlain else { return nil }
      note = known
      reference = statement
    }
    if batch.isQuery {
      try recorder.approved(execution, form: .simple, note: note, members: note.members, parameters: nil)
      willRun(note)
      return BatchApproval(statement: reference)
    }
    let recordsParameters = policy.recordsParameters && batch.parameters.count > 0
    if recordsParameters {
      try recorder.approved(execution, note: note, batch, in: bytes)
    } else {
      try recorder.approved(execution, form: .execute, note: note, members: note.members, parameters: nil)
    }
    willRun(note)
    return BatchApproval(statement: reference, keepsBind: recordsParameters)
  }

  /// What is known of a text that goes as it came, whatever went before it; nil for any other.
  private func entry(ofPlain text: RawSpan) -> StatementEntry? {
    guard judgesTexts else { return StatementEntry(unjudged: text.copied) }
    guard text.byteCount <= policy.limits.statementBytesMax, let entry = known(text), !entry.mentionsMasked else { return nil }
    switch entry.outcome {
    case .approved, .alarm: break
    case .refused, .unparsed: return nil
    }
    metrics.add(.verdictCacheHits)
    return entry
  }
}
