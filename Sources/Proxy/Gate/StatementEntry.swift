import Audit
import Policy
import PostgresWire
import SQLAnalysis

/// What is known of one text under one policy: kept in the verdict cache, shared by all sessions of a worker, never changed.
final class StatementEntry: Sendable {
  enum Outcome: Sendable {
    case approved(ApprovedStatement)
    case alarm(ApprovedStatement, [Alarm])
    case refused(Refusal)
    case unparsed(ParseFailure)
  }

  let text: [UInt8]
  /// Nil for a text that could not be parsed, and for one that is judged as another like it.
  let parsed: ParsedText?
  /// Bytes of memory that it takes as long as it is kept, about; its records and translations take a few times the text's.
  var footprintBytes: Int { Self.overheadBytes + 8 * text.count + (parsed?.footprintBytes ?? 0) }
  private static let overheadBytes = 1024
  let outcome: Outcome
  /// Raw values, for the audit log.
  let classes: [String]
  /// `schema.table` as named in the text.
  let tables: [String]
  let mayCopyIn: Bool
  /// A statement of the text may change what unqualified names mean.
  let mayChangeSearchPath: Bool
  let endsTransaction: Bool
  /// One that is not the last may: then names behind it cannot be resolved beforehand.
  let changesPathInside: Bool
  /// What its PREPARE and DEALLOCATE do to names.
  let nameEffects: [NameEffect]
  /// Its runs change nothing that anybody keeps track of, and no others' statements run in them.
  let isPlain: Bool
  /// For the records of its runs, where it is not translated.
  let members: StatementMembers
  /// Whether it names what a masked table is called, and whether without a schema.
  let mentionsMasked: Bool
  let hasUnqualifiedMasked: Bool
  let translations: TranslationMemory
  /// Of a text that is judged as another like it: its constants, by which a translation is moved to it.
  let constants: [TextConstants.Constant]?

  init(text: [UInt8], parsed: ParsedText?, outcome: Outcome, maskedNames: Set<String> = []) {
    self.text = text
    self.parsed = parsed
    self.outcome = outcome
    let statements = parsed?.analysis.statements ?? []
    let classes = parsed?.analysis.classes ?? []
    // One that SQL prepares is forgotten, too: its name meant something else before, and nothing is known of it that a Bind needs.
    nameEffects = (parsed?.preparedNames ?? []).map { .deallocates(name: WireName($0)) }
    self.classes = classes.sorted().map(\.rawValue)
    tables = Set(
      statements.flatMap(\.relations).map { relation in relation.schema.map { "\($0).\(relation.name)" } ?? relation.name }
    )
    .sorted()
    // A text that was not parsed: COPY cannot come but by its name, for no function can run COPY FROM STDIN; or by EXECUTE of one
    // that was prepared with Parse (SQL's own PREPARE takes none).
    mayCopyIn =
      parsed == nil
      ? Self.mentions(["copy", "execute"], text) : !classes.isDisjoint(with: [.copyIn, .execute, .unknown])
    isPlain = !mayCopyIn && nameEffects.isEmpty && parsed?.executesPrepared != true
    mayChangeSearchPath = statements.contains(where: \.mayChangeSearchPath)
    endsTransaction = statements.contains(where: \.endsTransaction)
    changesPathInside = statements.dropLast().contains { $0.mayChangeSearchPath || $0.endsTransaction }
    members = Self.members(text, outcome, classes: self.classes, tables: tables, verdict: .forwarded)
    let masked = statements.flatMap(\.relations).filter { maskedNames.contains($0.name) }
    mentionsMasked = !masked.isEmpty
    hasUnqualifiedMasked = masked.contains { $0.schema == nil }
    translations = TranslationMemory()
    constants = nil
  }

  /// A text that nobody has to understand.
  convenience init(unjudged text: [UInt8]) {
    self.init(text: text, parsed: nil, outcome: .unparsed(.init(reason: .syntax, message: "")))
  }

  /// A text that differs from another only in constants that no judgement looked at (`VerdictCache`).
  convenience init(text: [UInt8], _ alike: AlikeTexts.Found) {
    self.init(
      text: text, members: StatementMembers(text: text, alike: alike.entry.members), translations: alike.translations,
      constants: alike.constants, judgedAs: alike.entry)
  }

  /// The same for somebody who keeps it and does not translate: a large tree is let go of.
  var withoutLargeTree: StatementEntry {
    guard let parsed, parsed.footprintBytes > Self.smallTreeBytes, nameEffects.isEmpty else { return self }
    return StatementEntry(text: text, members: members, translations: translations, constants: constants, judgedAs: self)
  }
  private static let smallTreeBytes = 64 << 10

  /// Without a tree, and otherwise what another entry says.
  private init(
    text: [UInt8], members: StatementMembers, translations: TranslationMemory, constants: [TextConstants.Constant]?,
    judgedAs other: StatementEntry
  ) {
    self.text = text
    parsed = nil
    outcome = other.outcome
    nameEffects = other.nameEffects
    classes = other.classes
    tables = other.tables
    mayCopyIn = other.mayCopyIn
    isPlain = other.isPlain
    mayChangeSearchPath = other.mayChangeSearchPath
    endsTransaction = other.endsTransaction
    changesPathInside = other.changesPathInside
    self.members = members
    mentionsMasked = other.mentionsMasked
    hasUnqualifiedMasked = other.hasUnqualifiedMasked
    self.translations = translations
    self.constants = constants
  }

  /// For the records of the runs of a translation.
  func members(verdict: AuditEvent.Verdict, maskedColumns: [String], translated: String) -> StatementMembers {
    Self.members(
      text, outcome, classes: classes, tables: tables, verdict: verdict, maskedColumns: maskedColumns, translated: translated)
  }

  private static func members(
    _ text: [UInt8], _ outcome: Outcome, classes: [String], tables: [String], verdict: AuditEvent.Verdict,
    maskedColumns: [String] = [], translated: String? = nil
  ) -> StatementMembers {
    let alarms: [Alarm]? = if case .alarm(_, let alarms) = outcome { alarms } else { nil }
    return StatementMembers(
      text: text, verdict: alarms == nil ? verdict : .alarm, rule: alarms?.map(\.rule).joined(separator: ", "), classes: classes,
      tables: tables, maskedColumns: maskedColumns, translated: translated)
  }

  private static func mentions(_ words: [String], _ text: [UInt8]) -> Bool {
    let words = words.map { Array($0.utf8) }
    return text.indices.contains { start in
      words.contains { word in
        text[start] | 0x20 == word[0] && start + word.count <= text.count
          && word.indices.allSatisfy { text[start + $0] | 0x20 == word[$0] }
      }
    }
  }

  /// Judges a text by the guardrails of a session.
  static func judge(_ text: [UInt8], _ result: Result<ParsedText, ParseFailure>, policy: SessionPolicy) -> StatementEntry {
    switch result {
    case .failure(let failure): return StatementEntry(text: text, parsed: nil, outcome: .unparsed(failure))
    case .success(let parsed):
      let outcome: Outcome =
        switch DecisionEngine.verdict(policy, parsed) {
        case .approved(let approved): .approved(approved)
        case .alarm(let approved, let alarms): .alarm(approved, alarms)
        case .refused(let refusal): .refused(refusal)
        }
      return StatementEntry(
        text: text, parsed: parsed, outcome: outcome, maskedNames: Set(policy.maskedTables.map(\.table)))
    }
  }
}

/// What the gate hangs on a prepared statement, or on a running query.
final class StatementNoteOfGate: StatementNote {
  let entry: StatementEntry
  /// Nil where the text goes as it came.
  var translation: Translation? { translated?.known.translation }
  /// Look-ups by parameters, whose codes each Bind brings; nil for none.
  var lookups: LookupParameters? { translated?.known.lookups }
  /// What the text prepares by SQL.
  var prepares: [LookupTranslation.Preparing] { translated?.prepares ?? [] }
  /// Masked columns that parameters are written into.
  var written: [PlaceholderCheck.Written] { translated?.known.written ?? [] }
  /// Most texts have nothing of it, and sessions keep the notes of their statements.
  private let translated: Translated?
  /// For the records of its runs.
  let members: StatementMembers

  /// As the entry's, with what translation adds.
  let isPlain: Bool

  /// The text that is sent in place of the client's; nil for that.
  var replacement: [UInt8]? { translation.flatMap { $0.isUnchanged ? nil : $0.text } }
  var hiddenParameters: Int { lookups?.parameters.count ?? 0 }
  var checksCopyIn: Bool { translation?.copiesIn.isEmpty == false }
  var isTranslated: Bool { replacement != nil }
  var onlySelects: Bool { entry.classes == [StatementClass.select.rawValue] }
  var footprintBytes: Int { entry.footprintBytes }

  func note(ofPortal bind: [UInt8]) -> (any StatementNote)? { PortalNote(statement: self, bind: bind) }

  /// A text that goes as it came.
  init(entry: StatementEntry) {
    self.entry = entry.withoutLargeTree
    translated = nil
    members = entry.members
    isPlain = entry.isPlain
  }

  init(entry: StatementEntry, _ known: TranslationMemory.Known, prepares: [LookupTranslation.Preparing] = []) {
    self.entry = prepares.isEmpty ? entry.withoutLargeTree : entry
    translated = Translated(known: known, prepares: prepares)
    members = known.members
    isPlain =
      entry.isPlain && prepares.isEmpty && known.written.isEmpty && (known.lookups?.parameters.isEmpty ?? true)
  }

  private final class Translated: Sendable {
    let known: TranslationMemory.Known
    let prepares: [LookupTranslation.Preparing]

    init(known: TranslationMemory.Known, prepares: [LookupTranslation.Preparing]) {
      self.known = known
      self.prepares = prepares
    }
  }
}

/// What the gate hangs on a portal whose parameters are put on record.
final class PortalNote: StatementNote {
  let statement: StatementNoteOfGate?
  /// As they will stand in the record; nil where they are still to be found in `bind`.
  let parameters: ParameterMembers?
  /// The Bind's body.
  let bind: [UInt8]

  init(statement: StatementNoteOfGate?, bind: [UInt8]) {
    self.statement = statement
    self.bind = bind
    parameters = nil
  }
  var checksCopyIn: Bool { statement?.checksCopyIn ?? false }
  var isTranslated: Bool { statement?.isTranslated ?? false }
  var footprintBytes: Int { bind.count + (parameters?.footprintBytes ?? 0) }

  init(statement: StatementNoteOfGate?, parameters: ParameterMembers) {
    self.statement = statement
    self.parameters = parameters
    bind = []
  }
}
