import Policy
import PostgresWire
import Reactor

/// What of a masked session's answers is checked and rewritten on the way to the client.
struct SessionGuard {
  private let shared: SharedPolicy
  /// Nil but in best-effort sessions, where raw values of masked columns are expected.
  private let masks: WireMasks?
  private let described = Described()
  private var maskedTables: [MaskedTable] { shared.policy.maskedTables }
  /// Nil where policy has none for the session.
  let detectors: WireDetectors?

  /// RowDescriptions that came last, and what of each the client may see: what was said of one once holds always.
  private final class Described {
    static let bytesMax = 4096
    static let countMax = 4
    private var known: [(description: [UInt8], seen: SeenDescription)] = []

    func find(_ description: RawSpan) -> SeenDescription? {
      for index in known.indices where description.equals(known[index].description) { return known[index].seen }
      return nil
    }

    func keep(_ description: RawSpan, _ seen: SeenDescription) {
      guard description.byteCount <= Self.bytesMax else { return }
      if known.count >= Self.countMax { known.removeLast() }
      known.insert((description.copied, seen), at: 0)
    }
  }

  /// What the client may see of a RowDescription.
  enum SeenDescription {
    case itself
    /// This message.
    case another([UInt8])
  }

  init(_ shared: SharedPolicy) {
    self.shared = shared
    let policy = shared.policy
    masks = policy.isBestEffort ? WireMasks(policy.maskedTables) : nil
    detectors = WireDetectors(policy.detectors)
  }

  /// What must come by here. Sessions without masks and detectors pay nothing.
  static func guarded(by policy: SessionPolicy) -> GuardedMessages {
    if policy.maskedTables.isEmpty, policy.detectors.isEmpty { return [] }
    let messages: GuardedMessages = [.rowDescriptions, .errors, .notices, .notifications]
    return policy.detectors.isEmpty && !policy.isBestEffort ? messages : messages.union(.rows)
  }

  /// What to send in place of whole DataRows or CopyDatas, side by side; nil for themselves.
  func rows(_ type: UInt8, _ messages: RawSpan) throws(WireError) -> [UInt8]? {
    guard let masks, type == DataRow.type, let masked = try masks.rows(messages) else {
      return try detectors?.rows(type, messages)
    }
    guard let detectors else { return masked }
    return try masked.withSpan { (messages) throws(WireError) in try detectors.rows(type, messages) ?? masked }
  }

  /// What the client may see of a RowDescription that is one of those that came last, where detectors and masks have nothing to learn from
  /// it; nil for any other.
  func known(_ description: RawSpan) -> SeenDescription? {
    detectors == nil && masks == nil ? described.find(description) : nil
  }

  /// The whole message to send in place of the one at hand, nothing where it is withheld; nil sends that.
  /// Throws `RowDescriptionCheck.Violation` where a masked column would be answered, and `WireMasks.Denied` where one is that nothing is
  /// shown of.
  func rewrite(_ examined: Examined, _ body: RawSpan, note: StatementNoteOfGate?) throws -> [UInt8]? {
    switch examined {
    case .rowDescription:
      try masks?.describe(body)
      try detectors?.describe(body)
      // Most come again and again.
      switch described.find(body) {
      case .itself: return nil
      case .another(let message): return message
      case nil: break
      }
      let replacement = try shared.description.check(body)
      described.keep(body, replacement.map { .another($0) } ?? .itself)
      return replacement
    case .notification:
      var notification = try NotificationResponse.decode(body)
      if notification.payload.isEmpty { return nil }
      if maskedTables.isEmpty {
        guard let payload = detectors?.scrubbed(notification.payload, at: .notification) else { return nil }
        notification.payload = payload
      } else {
        // A trigger may notify whole rows, and nobody can be kept from listening.
        notification.payload = []
      }
      var writer = WireWriter()
      notification.encode(into: &writer)
      return writer.bytes
    case .error:
      let error = try ErrorResponse.decode(body)
      guard let scrubbed = detectors?.scrubbed(error, at: .error) else { return rewriteError(error, note) }
      return rewriteError(scrubbed, note) ?? scrubbed.bytes
    case .notice:
      // What is meant for the server's log clients get who ask for it: plans (`debug_print_plan`) have the rows in them that triggers see.
      if !maskedTables.isEmpty, let severity = try ErrorResponse.decode(body).severity, severity == .log || severity == .debug {
        return []
      }
      guard let notice = try detectors?.scrubbed(ErrorResponse.decode(body), at: .notice) else { return nil }
      var writer = WireWriter()
      notice.encode(into: &writer, type: ErrorResponse.noticeType)
      return writer.bytes
    case .parameterStatus: return nil
    }
  }

  /// A hint for what masking forbids, and the position in the client's own text.
  private func rewriteError(_ error: ErrorResponse, _ note: StatementNoteOfGate?) -> [UInt8]? {
    var error = error
    var isChanged = masks != nil && BestEffortErrors.withhold(&error, note?.entry)
    if let translation = note?.translation, !translation.isUnchanged,
      let field = error.fields.firstIndex(where: { $0.type == UInt8(ascii: "P") }),
      let position = Int(error.fields[field].value)
    {
      error.fields[field].value = String(translation.originalPosition(ofTranslated: position))
      isChanged = true
    }
    if masks == nil, error["H"] == nil,
      let hint = hint(error, note)
    {
      error.fields.append(.init(UInt8(ascii: "H"), hint))
      isChanged = true
    }
    return isChanged ? error.bytes : nil
  }

  private func hint(_ error: ErrorResponse, _ note: StatementNoteOfGate?) -> String? {
    switch error.sqlState {
    case .insufficientPrivilege?: privilegeHint(error, note)
    case .groupingError?: groupingHint(note)
    case .undefinedTable?: missingHint(error)
    default: nil
    }
  }

  /// For what a table's key would allow in a GROUP BY, and a view's columns do not.
  private func groupingHint(_ note: StatementNoteOfGate?) -> String? {
    note?.translation?.hints.first { [.groupByKey, .groupingSets].contains($0.reason) }.map { "\($0.message). Next: \($0.next)." }
  }

  /// For a shadow that is not there.
  private func missingHint(_ error: ErrorResponse) -> String? {
    guard let message = error["M"],
      let table = maskedTables.first(where: { message.contains("\($0.shadowSchema).\($0.table)") })
    else { return nil }
    return
      "The masked view of \(table.schema).\(table.table) is not there: a migration is changing the table, or took it away. Try again in a moment. Operators: issuerctl status."
  }

  private func privilegeHint(_ error: ErrorResponse, _ note: StatementNoteOfGate?) -> String? {
    if let hint = note?.translation?.hints.first { return "\(hint.message). Next: \(hint.next)." }
    let named = maskedTables.filter { table in
      error["t"] == table.table
        || (error["M"]?.split(whereSeparator: { !($0.isLetter || $0.isNumber || $0 == "_") }) ?? [])
          .contains { $0 == table.table || $0 == table.shadowSchema }
    }
    guard let table = named.first else { return nil }
    let columns = table.columns.filter { $0.mask != nil }.map(\.name).joined(separator: ", ")
    return "\(table.schema).\(table.table) has masked columns (\(columns)) that this session cannot read or compare."
  }
}
