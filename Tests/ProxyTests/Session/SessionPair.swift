import PostgresWire

@testable import Proxy

/// What a gate of the tests remembers of a statement.
final class TextNote: StatementNote {
  let text: String
  let isTranslated: Bool
  var onlySelects: Bool { text.hasPrefix("select") }

  init(_ text: String) {
    self.text = text
    isTranslated = SessionPair.translation(of: text) != nil
  }
}

/// Two machines of one kind and the same limits, one of which takes batches whole. Whatever happens to both, nobody may see a difference.
final class SessionPair {
  let single: SessionHarness
  let whole: SessionHarness

  init(guarded: GuardedMessages, limits: ResultLimits, frames: FrameLimits) throws {
    single = try .established(guarded: guarded, limits: limits, frameLimits: frames)
    whole = try .established(guarded: guarded, limits: limits, frameLimits: frames)
    whole.approvesBatch = { text, bound in
      if let text { return Self.isPlain(text) ? NoteReference(TextNote(text)) : nil }
      guard let note = bound?.note as? TextNote, Self.isPlain(note.text) else { return nil }
      return bound
    }
    whole.translates = Self.translation
    for harness in [single, whole] { harness.describes = Self.description }
  }

  /// Of other texts the gate makes no batch.
  static func isPlain(_ text: String) -> Bool { !["refuse", "noexec", "copyin", "copyfail"].contains { text.contains($0) } }

  /// The same in other words, of some.
  static func translation(of text: String) -> [UInt8]? {
    text.contains("2") || text.contains("insert") ? Array("\(text)   ".utf8) : nil
  }

  /// A longer one, of some.
  static func description(of body: [UInt8]) -> [UInt8]? {
    guard body.count % 3 != 0 else { return nil }
    return SessionHarness.bytes { $0.message(RowDescription.type) { $0.raw(body + [0]) } }
  }

  func both(_ body: (SessionHarness) -> Void) {
    body(single)
    body(whole)
    for harness in [single, whole] { settle(harness) }
  }

  /// Everything that can go on goes on.
  private func settle(_ harness: SessionHarness) {
    while true {
      if harness.stepBackend() { continue }
      if let judgement = harness.judgements.first {
        harness.judge(verdict(judgement))
        continue
      }
      if !harness.stepClient() { return }
    }
  }

  private func verdict(_ judgement: SessionHarness.Judgement) -> Verdict {
    switch judgement.request {
    case .query, .parse:
      if judgement.text.contains("refuse") { return .refused(ModelBackend.refusal) }
      let isPlain = Self.isPlain(judgement.text)
      return .approved(
        Approval(
          replacement: isPlain ? Self.translation(of: judgement.text) : nil, note: NoteReference(TextNote(judgement.text)),
          mayCopyIn: judgement.text.contains("copyin")))
    case .bind, .functionCall, .copyData: return .approved(Approval())
    case .execute(_, let note):
      let text = (note?.note as? TextNote)?.text ?? ""
      return text.hasPrefix("noexec") ? .refused(ModelBackend.refusal) : .approved(Approval(mayCopyIn: text.contains("copyin")))
    }
  }

  /// Where anybody could see which is which; nil when nobody can.
  var difference: String? {
    let (one, other) = (single, whole)
    if one.toClient != other.toClient { return "to the client" }
    if one.toBackend != other.toBackend { return "to the backend" }
    if one.outcomes != other.outcomes { return "outcomes" }
    if one.cancels != other.cancels || one.clientIsClosed != other.clientIsClosed { return "the client's end" }
    if one.backendIsClosed != other.backendIsClosed || one.machine.isClosed != other.machine.isClosed { return "the end" }
    if one.machine.isIdle != other.machine.isIdle || one.machine.status != other.machine.status { return "status" }
    if one.machine.acceptsClient != other.machine.acceptsClient { return "whether the client is heard" }
    if one.machine.answering != other.machine.answering { return "what is being answered" }
    if one.fromClient != other.fromClient || one.fromBackend != other.fromBackend { return "what was taken" }
    return nil
  }
}
