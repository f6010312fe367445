import Audit
import OpenSSL
import Policy
import PostgresWire
import Reactor
import SQLAnalysis
import Sodium

/// Puts one session on record. Every call writes before it returns; a failure means that nothing more may run.
final class SessionRecorder {
  /// A statement whose end is still to come.
  private struct Running {
    var execution: ExecutionID
    var record: UInt64
    var startNanoseconds: UInt64
    var note: StatementNoteOfGate?
  }

  private let log: AuditLog
  private let policy: SessionPolicy
  private let session: String
  private let lease: String
  private let person: String
  private let startNanoseconds = EventLoop.monotonicNanoseconds()
  private var running: [Running] = []
  /// Told of each statement that the server refused.
  var onFailure: ((StatementNoteOfGate) -> Void)?
  private var statements: UInt64 = 0

  init(log: AuditLog, session: String, lease: String, person: String, policy: SessionPolicy) {
    self.log = log
    self.session = session
    self.lease = lease
    self.person = person
    self.policy = policy
  }

  /// The note of a statement that runs, to read the server's errors about it.
  func note(of execution: ExecutionID) -> StatementNoteOfGate? { running.first { $0.execution == execution }?.note }

  func opened(_ event: AuditEvent.SessionOpened) throws { try append(.sessionOpened(event)) }

  /// A statement that is about to be forwarded; an outcome will follow.
  func approved(
    _ execution: ExecutionID, form: String, note: StatementNoteOfGate?, bind: Bind?, textWhereUnknown: [UInt8]
  ) throws {
    var event = statement(form: form, entry: note?.entry, text: note?.entry.text ?? textWhereUnknown)
    if let translation = note?.translation {
      event.verdict = .translated
      event.translated = String(decoding: translation.text, as: UTF8.self)
      event.maskedColumns = maskedColumns(translation)
    }
    if case .alarm(_, let alarms)? = note?.entry.outcome {
      event.verdict = .alarm
      event.rule = alarms.map(\.rule).joined(separator: ", ")
    }
    if let bind { event.parameters = parameters(bind, isHashed: note?.translation != nil) }
    statements += 1
    let record = try append(.statement(event))
    running.append(
      Running(execution: execution, record: record, startNanoseconds: EventLoop.monotonicNanoseconds(), note: note))
  }

  /// A statement that will not be forwarded.
  func refused(form: String, entry: StatementEntry?, text: [UInt8], rule: String?, sqlState: SQLState?) throws {
    var event = statement(form: form, entry: entry, text: text)
    event.verdict = .refused
    event.rule = rule
    event.sqlState = sqlState?.description
    try append(.statement(event))
  }

  func outcome(_ outcome: StatementOutcome) throws {
    guard let index = running.firstIndex(where: { $0.execution == outcome.execution }) else { return }
    let statement = running[index]
    var event = AuditEvent.Outcome(
      session: session, lease: lease, statement: statement.record, sqlState: SQLState.successfulCompletion.description,
      rows: outcome.rows, bytes: outcome.bytes,
      durationMicroseconds: (EventLoop.monotonicNanoseconds() &- statement.startNanoseconds) / 1000)
    switch outcome.result {
    case .completed(let tag): event.tag = tag
    case .empty: event.tag = ""
    case .suspended: event.tag = "SUSPENDED"
    case .failed(let state):
      event.sqlState = state.description
      if let note = statement.note { onFailure?(note) }
    case .cut(let state, let completed):
      event.sqlState = state.description
      event.tag = completed ? "CUT AFTER COMPLETION" : "CUT"
    case .skipped: event.tag = "SKIPPED"
    case .unknown: event.sqlState = SQLState.transactionResolutionUnknown.description
    }
    try append(.outcome(event))
  }

  /// Executions before this one are over: the backend answers in order.
  func forget(before execution: ExecutionID) {
    if let first = running.first, first.execution < execution { running.removeAll { $0.execution < execution } }
  }

  func forgetAll() { running.removeAll(keepingCapacity: true) }

  func alarm(_ text: String, details: [String: String]) throws {
    try append(
      .issuer(
        IssuerEvent(
          .alarm, actor: "proxy", person: person, lease: lease, session: session, scope: policy.scope, text: text,
          details: details)))
  }

  /// What detectors found in one column of a statement's answer; never the value.
  func detected(_ finding: DetectorTally.Entry) throws {
    try append(
      .issuer(
        IssuerEvent(
          .detector, actor: "proxy", person: person, lease: lease, session: session, scope: policy.scope, text: finding.column,
          details: [
            "kind": finding.kind.rawValue, "count": String(finding.count),
            "action": policy.detectors[finding.kind]?.rawValue ?? "",
          ])))
  }

  /// A look-up that is about to be made, or that the limit stopped. The value is hashed as parameters are.
  func lookup(_ column: String, value: [UInt8], isRefused: Bool) throws {
    var details: [String: String] = isRefused ? ["refused": "limits"] : [:]
    if case .hashed(let hash) = log.hashed(value) { details["value"] = Hex.encode(hash) }
    try append(
      .issuer(
        IssuerEvent(
          .lookup, actor: "proxy", person: person, lease: lease, session: session, scope: policy.scope, text: column,
          details: details)))
  }

  func closed(why: String) throws {
    try append(
      .sessionClosed(
        .init(
          session: session, lease: lease, person: person, why: why, statements: statements,
          durationMicroseconds: (EventLoop.monotonicNanoseconds() &- startNanoseconds) / 1000)))
  }

  @discardableResult private func append(_ event: AuditEvent) throws -> UInt64 { try log.append(event).sequence }

  private func statement(form: String, entry: StatementEntry?, text: [UInt8]) -> AuditEvent.Statement {
    AuditEvent.Statement(
      session: session, lease: lease, person: person, form: form, text: AuditText(text), verdict: .forwarded,
      classes: entry?.classes ?? [], tables: entry?.tables ?? [])
  }

  private func maskedColumns(_ translation: Translation) -> [String] {
    translation.maskedTables.sorted().flatMap { index -> [String] in
      guard policy.maskedTables.indices.contains(index) else { return [] }
      let table = policy.maskedTables[index]
      return table.columns.filter { $0.mask != nil }.map { "\(table.schema).\(table.table).\($0.name)" }
    }
  }

  private func parameters(_ bind: Bind, isHashed: Bool) -> [AuditParameter] {
    bind.parameters.enumerated().map { index, value in
      guard let value else { return .null }
      if isHashed { return log.hashed(value) }
      let format =
        bind.parameterFormats.count == 1
        ? bind.parameterFormats[0] : bind.parameterFormats.indices.contains(index) ? bind.parameterFormats[index] : 0
      if format == 0, let text = String(validating: value, as: UTF8.self) { return .text(text) }
      return .binary(value)
    }
  }
}
