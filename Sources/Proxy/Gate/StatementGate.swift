import Audit
import OpenSSL
import Policy
import PostgresWire
import Reactor
import SQLAnalysis

/// Every statement of one session passes here: text, analysis, decision, translation, audit, and only then the machine's approval.
/// Anything that cannot be done refuses the statement; a record that cannot be written ends the session.
final class StatementGate {
  /// What to do about a request.
  enum Answer {
    case verdict(SessionVerdict)
    /// The text is being analysed on another thread; ask again with the body when `StatementAnalyses` calls back.
    case later(text: [UInt8])
    /// The audit log failed: the session ends.
    case auditFailed
  }

  typealias SessionVerdict = Proxy.Verdict

  private let shared: SharedPolicy
  let recorder: SessionRecorder
  private let cache: VerdictCache
  private let analyser: SQLAnalyser
  let metrics: Metrics
  /// Nil where policy lets no masked column be looked up.
  let lookups: SessionLookups?
  private(set) var paths: PathTracker
  private var nextQuestion: UInt64 = 1
  private var askedFor: UInt64?
  private var minuteStartMilliseconds: UInt64 = 0
  private var statementsInMinute = 0
  /// An entry that was analysed elsewhere, for the request that waits for it, and could not be cached.
  private var analysed: StatementEntry?
  /// What was found of the text at hand, which is judged by itself although it came in a batch.
  var found: StatementEntry?
  /// What SQL has prepared, once it has.
  private var preparedWrites: PreparedWrites?
  /// Of the COPY whose data come; in memory of its own, for few sessions ever have one.
  private var copyCheck: Copying?
  var lastParsed: StatementNoteOfGate?
  var policy: SessionPolicy { shared.policy }
  var judgesTexts: Bool { shared.judgesTexts }
  var judgesBatches: Bool { shared.judgesBatches }
  private var policyNumber: Int { shared.number }

  /// - Parameter shared: of the same worker's `cache`.
  init(
    policy shared: SharedPolicy, recorder: SessionRecorder, cache: VerdictCache, analyser: SQLAnalyser, metrics: Metrics,
    lookups: SessionLookups? = nil
  ) {
    self.lookups = lookups
    self.shared = shared
    self.recorder = recorder
    self.cache = cache
    self.analyser = analyser
    self.metrics = metrics
    paths = shared.paths
  }

  /// A statement, or the part of one, came to its end.
  func ended(_ outcome: StatementOutcome) throws {
    recorder.forget(before: outcome.execution)
    guard let failed = try recorder.outcome(outcome) else { return }
    // Of several statements the PREPARE may have succeeded before another failed.
    guard let parsed = failed.entry.parsed, parsed.analysis.statements.count == 1 else { return }
    if !failed.prepares.isEmpty { lookups?.failed(failed.prepares) }
    if !failed.entry.nameEffects.isEmpty { preparedWrites?.failed(parsed.preparedNames) }
  }

  /// `body` is that of the client's message at hand (or its head).
  func judge(_ request: StatementRequest, body: RawSpan, nowMilliseconds: UInt64) -> Answer {
    do {
      switch request {
      case .query(let execution, let text):
        if let refusal = tooOften(nowMilliseconds) {
          return try refuse(refusal, .simple, nil, body.extracting(text), rule: "limits")
        }
        return try judgeText(body.extracting(text), form: .simple, execution: execution, body, nowMilliseconds)
      case .parse(let text):
        return try judgeText(body.extracting(text), form: .parse, execution: nil, body, nowMilliseconds)
      case .bind(let statement, let isHead):
        if let note = statement?.note as? StatementNoteOfGate, !note.written.isEmpty, !isHead, let bind = try? Bind.decode(body),
          let refusal = PlaceholderCheck.refusal(of: bind, note.written)
        {
          return try note.entry.text.withSpan { try refuse(refusal, .bind, note.entry, $0, rule: PlaceholderCheck.rule) }
        }
        if let note = statement?.note as? StatementNoteOfGate, note.hiddenParameters > 0 {
          return try judgeBindOfLookups(note, body, isHead: isHead, nowMilliseconds)
        }
        guard policy.recordsParameters, !isHead else { return .verdict(.approved(Approval())) }
        return .verdict(.approved(Approval(note: portalNote(statement?.note as? StatementNoteOfGate, body))))
      case .execute(let execution, let portal):
        return try judgeExecute(execution, portal?.note, body, nowMilliseconds)
      case .functionCall(let execution, let function):
        return try judgeFunctionCall(execution, function, nowMilliseconds)
      case .copyData(let copy, let isEnd):
        return try judgeCopyData(copy, body, isEnd: isEnd)
      }
    } catch {
      metrics.add(.auditFailures)
      return .auditFailed
    }
  }

  /// Takes the analysis of a text that `judge` wanted later.
  func analysed(_ entry: StatementEntry) {
    cache.keep(entry, policy: policyNumber)
    analysed = entry
  }

  /// The answer to a hidden query of the gate.
  func captured(id: UInt64, rows: [[[UInt8]?]]?) {
    guard id == askedFor else { return }
    askedFor = nil
    paths.answered(rows)
    hasAskedInVain = rows == nil
  }
  private var hasAskedInVain = false

  // MARK: Texts

  private func judgeText(
    _ text: RawSpan, form: SessionRecords.Form, execution: ExecutionID?, _ body: RawSpan, _ nowMilliseconds: UInt64
  ) throws -> Answer {
    guard judgesTexts else {
      return try approve(StatementNoteOfGate(entry: StatementEntry(unjudged: text.copied)), form: form, execution: execution)
    }
    if text.byteCount > policy.limits.statementBytesMax {
      let failure = ParseFailure(
        reason: .tooLong,
        message: "a statement of \(text.byteCount) bytes is longer than the scope's limit of \(policy.limits.statementBytesMax)")
      return try refuse(ErrorReplies.unparsed(failure), form, nil, text.extracting(first: 4096), rule: "limits")
    }
    guard let entry = entry(of: text) else { return .later(text: text.copied) }
    switch entry.outcome {
    case .unparsed(let failure): return try refuse(ErrorReplies.unparsed(failure), form, entry, text, rule: "parser")
    case .refused(let refusal): return try refuse(ErrorReplies.refused(refusal), form, entry, text, rule: refusal.rule)
    case .approved, .alarm: break
    }
    if let parsed = entry.parsed, let refusal = preparedWrites?.refusal(of: parsed) {
      return try refuse(refusal, form, entry, text, rule: PlaceholderCheck.rule)
    }
    guard !policy.isBestEffort, entry.mentionsMasked || entry.parsed.map({ lookups?.concerns($0) == true }) == true else {
      return try approve(StatementNoteOfGate(entry: entry), form: form, execution: execution)
    }
    if paths.known == nil, !hasAskedInVain, entry.hasUnqualifiedMasked {
      let question = paths.question(id: nextQuestion)
      askedFor = nextQuestion
      nextQuestion += 1
      return .verdict(.askFirst(question))
    }
    hasAskedInVain = false
    let (map, path) = (paths.known?.map ?? paths.mapWithoutPath, paths.known?.path ?? .unknown)
    let declared = lookups != nil && execution == nil ? (try? Parse.decode(body))?.parameterTypes.count : nil
    let key = TranslationMemory.Key(path: path, unmaskedSameNames: map.unmaskedSameNames, declaredParameters: declared)
    if let before = translatedBefore(entry, key) {
      if let refusal = before.refusal { return try refuse(refusal, form, entry, text, rule: PlaceholderCheck.rule) }
      return try approve(StatementNoteOfGate(entry: entry, before.known), form: form, execution: execution)
    }
    let parsed: ParsedText
    do throws(ParseFailure) {
      parsed = if let known = entry.parsed { known } else { try analyser.analyse(entry.text) }
    } catch {
      return try refuse(ErrorReplies.unparsed(error), form, entry, text, rule: "parser")
    }
    let made =
      try lookups?.translate(parsed, by: map, path: path, declaredParameters: declared, nowMilliseconds: nowMilliseconds)
      ?? LookupTranslation(translation: parsed.translated(by: map, path: path))
    let translation = made.translation
    if let refusal = made.refusal { return try refuse(refusal, form, entry, text, rule: "limits") }
    if let refusal = translation.refusals.first {
      return try refuse(
        ErrorReplies.untranslatable(refusal, text: entry.text), form, entry, text, rule: "masking/\(refusal.reason.rawValue)")
    }
    let check = PlaceholderCheck(tables: policy.maskedTables)
    if let refusal = check.refusal(of: translation, text: entry.text)
      ?? (preparedWrites ?? PreparedWrites()).refusal(of: parsed, own: check.prepared(by: translation))
    {
      return try refuse(refusal, form, entry, text, rule: PlaceholderCheck.rule)
    }
    let known = TranslationMemory.Known(
      translation: translation, lookups: made.parameters, written: check.written(by: translation),
      members: recorder.members(entry, translation), constants: entry.constants)
    if made.isReusable { entry.translations.keep(known, for: key) }
    let note = StatementNoteOfGate(entry: entry, known, prepares: made.prepares)
    return try approve(note, form: form, execution: execution)
  }

  /// What the text was turned into before, or one that differs in constants, and what forbids that of this one; nil where it has to be
  /// translated.
  func translatedBefore(
    _ entry: StatementEntry, _ key: TranslationMemory.Key
  ) -> (known: TranslationMemory.Known, refusal: ErrorResponse?)? {
    guard let known = entry.translations.find(key) else { return nil }
    guard let constants = entry.constants else { return (known, nil) }
    guard let moved = moved(known, to: entry, constants) else { return nil }
    return (moved, PlaceholderCheck(tables: policy.maskedTables).refusal(of: moved.translation, text: entry.text))
  }

  /// What a text that differs in constants was turned into, for this one; nil where it has to be translated itself.
  private func moved(
    _ known: TranslationMemory.Known, to entry: StatementEntry, _ constants: [TextConstants.Constant]
  ) -> TranslationMemory.Known? {
    guard let from = known.constants, let translation = known.translation.moved(to: entry.text, from: from, to: constants) else {
      return nil
    }
    var moved = known
    moved.translation = translation
    moved.members = recorder.members(entry, translation)
    moved.constants = constants
    return moved
  }

  /// Adds the codes of look-ups by parameters.
  private func judgeBindOfLookups(
    _ note: StatementNoteOfGate, _ body: RawSpan, isHead: Bool, _ nowMilliseconds: UInt64
  ) throws -> Answer {
    guard let lookups, let parameters = note.lookups, !isHead, let bind = try? Bind.decode(body) else {
      return try note.entry.text.withSpan { try refuse(ErrorReplies.lookupTooLong(), .bind, note.entry, $0, rule: "limits") }
    }
    switch try lookups.bind(bind, parameters, nowMilliseconds: nowMilliseconds) {
    case .failure(let refusal):
      return try note.entry.text.withSpan { try refuse(refusal.error, .bind, note.entry, $0, rule: "limits") }
    case .success(let replacement):
      let portal = policy.recordsParameters ? portalNote(note, body) : nil
      return .verdict(.approved(Approval(replacement: replacement, note: portal)))
    }
  }

  /// Nil where a Bind has no parameters.
  private func portalNote(_ statement: StatementNoteOfGate?, _ body: RawSpan) -> NoteReference? {
    guard let parameters = try? recorder.parameters(body, of: statement) else { return nil }
    return NoteReference(PortalNote(statement: statement, parameters: parameters))
  }

  /// What was found of a text, or of one alike, before.
  func known(_ text: RawSpan) -> StatementEntry? {
    if let known = cache.find(text, policy: policyNumber) { return known }
    guard SQLAnalyser.isQuick(bytes: text.byteCount), text.byteCount <= analyser.statementBytesMax else { return nil }
    return cache.findAlike(text, policy: policyNumber)
  }

  private func entry(of text: RawSpan) -> StatementEntry? {
    let before = found.take()
    if let known = before.flatMap({ text.equals($0.text) ? $0 : nil }) ?? known(text) {
      metrics.add(.verdictCacheHits)
      return known
    }
    if let entry = analysed, text.equals(entry.text) {
      analysed = nil
      return entry
    }
    metrics.add(.verdictCacheMisses)
    guard SQLAnalyser.isQuick(bytes: text.byteCount) else { return nil }
    let bytes = text.copied
    guard SQLAnalyser.isQuick(bytes) else { return nil }
    let entry = StatementEntry.judge(bytes, Result { () throws(ParseFailure) in try analyser.analyse(bytes) }, policy: policy)
    cache.keep(entry, policy: policyNumber)
    return entry
  }

  private func approve(_ note: StatementNoteOfGate, form: SessionRecords.Form, execution: ExecutionID?) throws -> Answer {
    if let execution {
      try recorder.approved(execution, form: form, note: note, members: note.members, parameters: nil)
      willRun(note)
    } else {
      lastParsed = note
    }
    return .verdict(
      .approved(
        Approval(
          replacement: note.replacement, note: NoteReference(note), mayCopyIn: note.entry.mayCopyIn,
          nameEffects: execution == nil ? [] : note.entry.nameEffects)))
  }

  // MARK: Runs

  private func judgeExecute(
    _ execution: ExecutionID, _ note: (any StatementNote)?, _ body: RawSpan, _ nowMilliseconds: UInt64
  ) throws -> Answer {
    let portal = note as? PortalNote
    let statement = portal?.statement ?? note as? StatementNoteOfGate
    if let refusal = tooOften(nowMilliseconds) {
      return try (statement?.entry.text ?? []).withSpan { try refuse(refusal, .execute, statement?.entry, $0, rule: "limits") }
    }
    // A portal that the machine does not know was declared or prepared in SQL: its statement was judged then.
    let members =
      try statement?.members
      ?? StatementMembers(
        text: Array("-- portal \"\(try Execute.decode(body).portal)\", declared or prepared in SQL".utf8), verdict: .forwarded)
    let parameters =
      try portal.flatMap { portal in
        try portal.parameters ?? portal.bind.withSpan { try recorder.parameters($0, of: portal.statement) }
      }
    try recorder.approved(execution, form: .execute, note: statement, members: members, parameters: parameters)
    if let statement { willRun(statement) }
    return .verdict(
      .approved(
        Approval(
          mayCopyIn: statement?.entry.mayCopyIn ?? false, describesFirst: !policy.detectors.isEmpty || policy.isBestEffort,
          nameEffects: statement?.entry.nameEffects ?? [])))
  }

  /// What a function reads and does, and what its arguments are, only PostgreSQL knows: where anything is masked or forbidden, none runs.
  private func judgeFunctionCall(_ execution: ExecutionID, _ function: UInt32, _ nowMilliseconds: UInt64) throws -> Answer {
    let text = Array("-- fast-path call of the function with OID \(function)".utf8)
    if let refusal = tooOften(nowMilliseconds) {
      return try text.withSpan { try refuse(refusal, .function, nil, $0, rule: "limits") }
    }
    guard !judgesTexts else {
      return try text.withSpan { try refuse(ErrorReplies.functionCall(), .function, nil, $0, rule: "parser") }
    }
    try recorder.approved(
      execution, form: .function, note: nil, members: StatementMembers(text: text, verdict: .forwarded), parameters: nil)
    metrics.add(.statements)
    return .verdict(.approved(Approval()))
  }

  /// Data of a COPY FROM STDIN into masked columns.
  private func judgeCopyData(_ copy: CopyAtHand, _ body: RawSpan, isEnd: Bool) throws -> Answer {
    guard let note = copy.note.note as? StatementNoteOfGate ?? (copy.note.note as? PortalNote)?.statement else {
      return .verdict(.approved(Approval()))
    }
    if copyCheck?.check.isOf(copy) != true {
      copyCheck = CopyCheck(copy, note.translation, policy.maskedTables).map { Copying($0) }
    }
    let refusal = isEnd ? copyCheck?.check.end() : body.withBytes { copyCheck?.check.read($0) }
    if isEnd || refusal != nil { copyCheck = nil }
    guard let refusal else { return .verdict(.approved(Approval())) }
    let form: SessionRecords.Form = copy.isQuery ? .simple : .execute
    return try note.entry.text.withSpan { try refuse(refusal, form, note.entry, $0, rule: PlaceholderCheck.rule) }
  }

  func willRun(_ note: StatementNoteOfGate) {
    metrics.add(.statements)
    if case .alarm = note.entry.outcome { metrics.add(.alarms) }
    if !shared.maskedNames.isEmpty, note.entry.mayChangeSearchPath || note.entry.endsTransaction { paths.approved(note.entry) }
    if !note.prepares.isEmpty { lookups?.willRun(note.prepares) }
    if !shared.maskedNames.isEmpty, !note.entry.nameEffects.isEmpty, let parsed = note.entry.parsed {
      let check = PlaceholderCheck(tables: policy.maskedTables)
      let writes = preparedWrites ?? PreparedWrites()
      preparedWrites = writes
      writes.willRun(parsed.preparedNames, note.translation.map(check.prepared) ?? [:])
    }
  }

  private final class Copying {
    var check: CopyCheck
    init(_ check: CopyCheck) { self.check = check }
  }

  // MARK: Refusals

  private func refuse(
    _ error: ErrorResponse, _ form: SessionRecords.Form, _ entry: StatementEntry?, _ text: RawSpan, rule: String
  ) throws -> Answer {
    metrics.add(.statementsRefused)
    try recorder.refused(form: form, entry: entry, text: text.copied, rule: rule, sqlState: error.sqlState)
    return .verdict(.refused(error))
  }

  private func tooOften(_ nowMilliseconds: UInt64) -> ErrorResponse? {
    guard let limit = policy.limits.statementsPerMinuteMax else { return nil }
    if nowMilliseconds &- minuteStartMilliseconds >= 60_000 {
      minuteStartMilliseconds = nowMilliseconds
      statementsInMinute = 0
    }
    statementsInMinute += 1
    guard statementsInMinute > limit else { return nil }
    let wait = Int(60_000 - (nowMilliseconds &- minuteStartMilliseconds)) / 1000 + 1
    return ErrorReplies.tooOften(perMinute: limit, waitSeconds: wait)
  }
}
