/// What to look for. Every member that is set must hold.
public struct AuditSearch: Sendable, Equatable {
  /// Holder of the lease, actor or person concerned.
  public var person: String?
  public var lease: String?
  public var session: String?
  /// `schema.table`, or a table's name in any schema.
  public var table: String?
  /// Raw kind, such as `statement`.
  public var kind: String?
  /// From this time on.
  public var since: AuditTime?
  /// Before this time.
  public var until: AuditTime?
  /// Found anywhere in the statement, reason or message, whatever the case.
  public var text: String?

  // Statements that were found, so that their outcomes are found, too.
  private var statements: Set<UInt64> = []

  /// A search for everything that holds.
  public init(
    person: String? = nil, lease: String? = nil, session: String? = nil, table: String? = nil, kind: String? = nil,
    since: AuditTime? = nil, until: AuditTime? = nil, text: String? = nil
  ) {
    self.person = person
    self.lease = lease
    self.session = session
    self.table = table
    self.kind = kind
    self.since = since
    self.until = until
    self.text = text
  }

  /// Whether the record is one that is looked for. To be asked of one writer's records in order: the outcome of a statement that was
  /// found is found as well.
  public mutating func matches(_ record: AuditRecord) -> Bool {
    if record.kind == "outcome", kind == nil || kind == "outcome", let statement = record.number("statement") {
      if statements.remove(statement) != nil { return true }
    }
    guard holds(for: record) else {
      // Asked for outcomes of a person or a table: the statement says whose it is.
      if kind == "outcome", record.kind == "statement" {
        var search = self
        search.kind = nil
        if search.holds(for: record) { statements.insert(record.sequence) }
      }
      return false
    }
    if record.kind == "statement" && kind == nil { statements.insert(record.sequence) }
    return true
  }

  private func holds(for record: AuditRecord) -> Bool {
    if let since, record.time < since.description { return false }
    if let until, record.time >= until.description { return false }
    if let kind, record.kind != kind { return false }
    if let lease, record["lease"] != lease { return false }
    if let session, record["session"] != session { return false }
    if let person, record["person"] != person && record["actor"] != person { return false }
    if let table, !record.strings("tables").contains(where: { $0 == table || $0.hasSuffix("." + table) }) { return false }
    if let text {
      let wanted = text.lowercased()
      let fields = ["text", "translated", "reason", "why", "rule", "tag"].compactMap { record[$0] }
      guard fields.contains(where: { $0.lowercased().contains(wanted) }) else { return false }
    }
    return true
  }
}
