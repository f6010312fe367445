import Audit
import PostgresWire
import Reactor

/// Whole batches (`ClientBatch`) of statements of which everything is known already, what they are translated to included: no question to
/// ask, nothing that anything behind them depends on.
extension StatementGate {
  /// Bytes of a Bind with parameters that are kept until its answer has come; a longer one goes by itself.
  private static let bindBytesMax = 2048

  /// What the machine is to know of an approved batch.
  struct BatchApproval {
    /// Of the Query or Parse; else of the statement bound.
    var statement: NoteReference
    /// The portal wants a note of its own.
    var keepsBind = false
    /// The text to send in place of the Query's or Parse's; nil for that.
    var replacement: [UInt8]?
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
      guard let made = self.note(of: batch, bytes.extracting(text), bytes) else { return nil }
      note = made
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
      return BatchApproval(statement: reference, replacement: note.replacement)
    }
    let recordsParameters = policy.recordsParameters && batch.parameters.count > 0
    if recordsParameters {
      try recorder.approved(execution, note: note, batch, in: bytes)
    } else {
      try recorder.approved(execution, form: .execute, note: note, members: note.members, parameters: nil)
    }
    willRun(note)
    return BatchApproval(
      statement: reference, keepsBind: recordsParameters, replacement: batch.text == nil ? nil : note.replacement)
  }

  /// The note of a text of which all is known: nothing to ask, to refuse or to heed later; nil for any other.
  private func note(of batch: ClientBatch, _ text: RawSpan, _ bytes: RawSpan) -> StatementNoteOfGate? {
    guard judgesTexts else {
      let note = StatementNoteOfGate(entry: StatementEntry(unjudged: text.copied))
      return note.isPlain ? note : nil
    }
    guard text.byteCount <= policy.limits.statementBytesMax, let entry = known(text) else { return nil }
    guard let note = note(of: entry, declaredParameters: batch.declaredParameters(in: bytes)), note.isPlain else {
      found = entry
      return nil
    }
    metrics.add(.verdictCacheHits)
    return note
  }

  private func note(of entry: StatementEntry, declaredParameters: Int?) -> StatementNoteOfGate? {
    switch entry.outcome {
    case .approved, .alarm: break
    case .refused, .unparsed: return nil
    }
    guard entry.mentionsMasked else { return StatementNoteOfGate(entry: entry) }
    guard entry.isPlain, let path = paths.known ?? (entry.hasUnqualifiedMasked ? nil : (.unknown, paths.mapWithoutPath)) else {
      return nil
    }
    let key = TranslationMemory.Key(
      path: path.path, unmaskedSameNames: path.map.unmaskedSameNames,
      declaredParameters: lookups == nil ? nil : declaredParameters)
    guard let before = translatedBefore(entry, key), before.refusal == nil else { return nil }
    return StatementNoteOfGate(entry: entry, before.known)
  }
}
