import Audit
import OpenSSL
import Policy
import PostgresWire
import Reactor
import SQLAnalysis
import Sodium

/// Puts one session on record. Every call stages before it returns, and what it allows leaves after the records are written
/// (`AuditStage`); a failure means that nothing more may run.
final class SessionRecorder {
  /// A statement whose end is still to come.
  private struct Running {
    var execution: ExecutionID
    var record: UInt64
    var startNanoseconds: UInt64
    var note: StatementNoteOfGate?
  }

  private let stage: AuditStage
  private let records: SessionRecords
  private unowned let joining: any StagingSession
  /// Of the batch that the session is a member of.
  private var stageNumber: UInt64 = 0
  private var isLost = false
  private let shared: SharedPolicy
  private var policy: SessionPolicy { shared.policy }
  let session: String
  let lease: String
  private let person: String
  private let startNanoseconds = EventLoop.monotonicNanoseconds()
  // Mostly there is one: it stands outside the list, whose every use is checked for exclusive access.
  private var running: Running?
  /// Those behind it.
  private var moreRunning: [Running] = []
  private var hasMoreRunning = false
  private var statements: UInt64 = 0

  /// - Parameter joining: the session, which owns this.
  init(
    stage: AuditStage, session: String, lease: String, person: String, policy: SharedPolicy, joining: any StagingSession
  ) {
    self.stage = stage
    self.joining = joining
    records = SessionRecords(session: session, lease: lease, person: person)
    self.session = session
    self.lease = lease
    self.person = person
    shared = policy
  }

  /// The note of a statement that runs, to read the server's errors about it.
  func note(of execution: ExecutionID) -> StatementNoteOfGate? { statement(of: execution)?.note }

  private func statement(of execution: ExecutionID) -> Running? {
    if let running, running.execution == execution { return running }
    return hasMoreRunning ? moreRunning.first { $0.execution == execution } : nil
  }

  func opened(_ event: AuditEvent.SessionOpened) throws { try append(.sessionOpened(event)) }

  /// Records were lost: those that would follow from them are not written either, and nothing is approved any more.
  func lose() {
    isLost = true
    forgetAll()
  }

  /// A statement that is about to be forwarded; an outcome will follow.
  func approved(
    _ execution: ExecutionID, form: SessionRecords.Form, note: StatementNoteOfGate?, members: StatementMembers,
    parameters: ParameterMembers?
  ) throws {
    let record = try staging { try stage.log.stage(records, form, members, parameters) }
    started(execution, record, note)
  }

  /// The same for a batch that binds and runs a statement with parameters, which lie in `bytes`.
  func approved(_ execution: ExecutionID, note: StatementNoteOfGate, _ batch: ClientBatch, in bytes: RawSpan) throws {
    try encode(batch.parameters, in: bytes, isHashed: isHashed(note))
    let record = try staging { try stage.log.stage(records, .execute, note.members, stage.scratch) }
    started(execution, record, note)
  }

  private func encode(_ parameters: BindParameters, in bytes: RawSpan, isHashed: Bool) throws {
    var parameters = parameters
    try stage.scratch.encode(count: parameters.count, hashedBy: isHashed ? stage.log : nil) { _, encode in
      let (value, isText) = try parameters.next(in: bytes)
      if let value { encode(bytes.extracting(value), isText) } else { encode(nil, true) }
    }
  }

  private func started(_ execution: ExecutionID, _ record: AuditLog.Staged, _ note: StatementNoteOfGate?) {
    statements += 1
    let started = Running(
      execution: execution, record: record.sequence, startNanoseconds: EventLoop.monotonicNanoseconds(), note: note)
    if running == nil, !hasMoreRunning {
      running = started
    } else {
      moreRunning.append(started)
      hasMoreRunning = true
    }
  }

  /// What the records of a translated statement's runs have in common.
  func members(_ entry: StatementEntry, _ translation: Translation) -> StatementMembers {
    entry.members(
      verdict: .translated, maskedColumns: maskedColumns(translation),
      translated: String(decoding: translation.text, as: UTF8.self))
  }

  /// A statement that will not be forwarded.
  func refused(form: SessionRecords.Form, entry: StatementEntry?, text: [UInt8], rule: String?, sqlState: SQLState?) throws {
    let members = StatementMembers(
      text: text, verdict: .refused, rule: rule, sqlState: sqlState?.description, classes: entry?.classes ?? [],
      tables: entry?.tables ?? [])
    try staging { try stage.log.stage(records, form, members, nil) }
  }

  /// The end of one, or of a part.
  ///
  /// - Returns: its note where the server refused it.
  func outcome(_ outcome: StatementOutcome) throws -> StatementNoteOfGate? {
    guard let statement = statement(of: outcome.execution) else { return nil }
    var failed: StatementNoteOfGate?
    var event = StatementEnd(
      statement: statement.record, sqlState: nil, tag: nil, rows: outcome.rows, bytes: outcome.bytes,
      durationMicroseconds: (EventLoop.monotonicNanoseconds() &- statement.startNanoseconds) / 1000,
      retries: outcome.retries)
    switch outcome.result {
    case .completed(let tag): event.tag = tag
    case .empty: event.tag = ""
    case .suspended: event.tag = "SUSPENDED"
    case .failed(let state):
      event.sqlState = state.description
      failed = statement.note
    case .cut(let state, let completed):
      event.sqlState = state.description
      event.tag = completed ? "CUT AFTER COMPLETION" : "CUT"
    case .skipped: event.tag = "SKIPPED"
    case .unknown: event.sqlState = SQLState.transactionResolutionUnknown.description
    }
    try staging { try stage.log.stage(records, event) }
    return failed
  }

  /// Executions before this one are over: the backend answers in order.
  func forget(before execution: ExecutionID) {
    if let running, running.execution < execution { self.running = nil }
    guard hasMoreRunning else { return }
    moreRunning.removeAll { $0.execution < execution }
    hasMoreRunning = !moreRunning.isEmpty
  }

  func forgetAll() {
    running = nil
    guard hasMoreRunning else { return }
    moreRunning.removeAll(keepingCapacity: true)
    hasMoreRunning = false
  }

  /// Keeps no room for more.
  func rest() {
    if !hasMoreRunning { moreRunning = [] }
  }

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
    if case .hashed(let hash) = stage.log.hashed(value) { details["value"] = Hex.encode(hash) }
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

  private func append(_ event: AuditEvent) throws { try staging { try stage.log.stage(event) } }

  @discardableResult
  private func staging(_ body: () throws -> AuditLog.Staged) throws -> AuditLog.Staged {
    if isLost { throw RecordsLost() }
    if stageNumber != stage.number {
      stageNumber = stage.number
      stage.join(joining)
    }
    let record = try body()
    stage.staged(record)
    return record
  }

  private struct RecordsLost: Error {}

  private func maskedColumns(_ translation: Translation) -> [String] {
    translation.maskedColumns.compactMap { read -> String? in
      guard policy.maskedTables.indices.contains(read.table) else { return nil }
      let table = policy.maskedTables[read.table]
      return "\(table.schema).\(table.table).\(read.column)"
    }.sorted()
  }

  /// A Bind's parameters as they will stand in the record of each run. Nil for none.
  func parameters(_ body: RawSpan, of note: StatementNoteOfGate?) throws -> ParameterMembers? {
    let parameters = try BindParameters(body)
    if parameters.count == 0 { return nil }
    try encode(parameters, in: body, isHashed: isHashed(note))
    return stage.scratch.members
  }

  /// Parameters may be compared with masked columns in a translated statement, and in one of a best-effort session that names masked
  /// tables.
  private func isHashed(_ note: StatementNoteOfGate?) -> Bool {
    note?.translation != nil || policy.isBestEffort && note?.entry.mentionsMasked != false
  }
}
