import PostgresWire

/// What the names of prepared statements and portals stand for. The tables run ahead of the backend: they say what holds once all
/// that was sent has succeeded; when something failed, its change is taken back. A stale entry is harmless (the backend refuses the
/// name); what must not happen is that a name runs something else than its note says.
///
/// SQL's PREPARE, DEALLOCATE and DISCARD share the names of the protocol's statements.
struct PreparedStatements {
  struct Slot {
    var serial: UInt64
    var note: NoteReference?
    var batch: UInt64 = 0
    /// Sent to the client by earlier Executes of a portal.
    var rows: UInt64 = 0
    var bytes: UInt64 = 0
    /// False: closed, and the backend has not answered yet.
    var exists: Bool
    /// The backend has answered.
    var isConfirmed = false

    init(serial: UInt64, exists: Bool, note: NoteReference?, isConfirmed: Bool = false, batch: UInt64 = 0) {
      self.serial = serial
      self.note = note
      self.batch = batch
      self.exists = exists
      self.isConfirmed = isConfirmed
    }
  }

  enum Table { case statements, portals }

  // Most clients use no names: the tables are made when there is one, and these two stand outside them.
  private var unnamedStatement: Slot?
  private var unnamedPortal: Slot?
  private var lastSerial: UInt64 = 0
  private var named: Named?

  private final class Named {
    var statements: [WireName: Slot] = [:] {
      didSet { lookedUp = nil }
    }
    /// Clients that prepare statements run one of them many times.
    var lookedUp: (name: WireName, note: NoteReference?)?
    var portals: [WireName: Slot] = [:]
    /// Memory that notes keep: what was added since it was last counted, and what there was then. Never less than there is.
    var heldBytes = 0

    /// Notes that several names share count once.
    func countHeld() {
      var seen: Set<ObjectIdentifier> = []
      heldBytes = 0
      for slot in [statements.values, portals.values].joined() {
        guard let note = slot.note?.note, seen.insert(ObjectIdentifier(note)).inserted else { continue }
        heldBytes += note.footprintBytes
      }
    }
  }

  private var statements: [WireName: Slot] {
    get { named?.statements ?? [:] }
    _modify { yield &tables().statements }
  }

  private var portals: [WireName: Slot] {
    get { named?.portals ?? [:] }
    _modify { yield &tables().portals }
  }

  private mutating func tables() -> Named {
    let tables = named ?? Named()
    named = tables
    return tables
  }

  func slot(_ table: Table, _ name: WireName) -> Slot? {
    let slot = current(table, name)
    return slot?.exists == true ? slot : nil
  }

  /// The note of what a name stands for.
  func note(_ table: Table, _ name: WireName) -> NoteReference? {
    guard name.isUnnamed else { return slot(table, name)?.note }
    // Looked at in place: these come with each statement.
    if table == .statements { return unnamedStatement?.exists == true ? unnamedStatement?.note : nil }
    return unnamedPortal?.exists == true ? unnamedPortal?.note : nil
  }

  /// The same for a statement, which is kept for the next time.
  mutating func noteOfStatement(_ name: WireName) -> NoteReference? {
    if name.isUnnamed { return note(.statements, name) }
    if let known = named?.lookedUp, known.name == name { return known.note }
    let note = note(.statements, name)
    named?.lookedUp = (name, note)
    return note
  }

  /// Forgets what is looked up again in a moment.
  mutating func rest() { named?.lookedUp = nil }

  func count(_ table: Table) -> Int { table == .statements ? statements.count : portals.count }

  /// Why one more name does not fit; nil when it does. What has no name is one at a time.
  func refusal(_ table: Table, _ name: WireName, _ limits: FrameLimits) -> ErrorResponse? {
    let what = table == .statements ? "prepared statements" : "portals"
    let hint = "close those that are no longer needed"
    if count(table) >= limits.namesMax, slot(table, name) == nil {
      return ErrorResponse(
        .error, .configurationLimitExceeded, "this session has \(limits.namesMax) \(what), the proxy's limit", hint: hint)
    }
    guard !name.isUnnamed, let named, named.heldBytes > limits.heldBytesMax else { return nil }
    named.countHeld()
    guard named.heldBytes > limits.heldBytesMax else { return nil }
    return ErrorResponse(
      .error, .configurationLimitExceeded,
      "this session's prepared statements and portals take more than \(limits.heldBytesMax >> 20) MiB of the proxy's memory",
      hint: hint)
  }

  /// Sets or closes a name, and says so in the answer owed for it.
  mutating func change(
    _ table: Table, _ name: WireName, exists: Bool, note: NoteReference? = nil, _ owed: inout OwedAnswer
  ) {
    lastSerial += 1
    var slot = Slot(serial: lastSerial, exists: exists, note: note)
    slot.batch = owed.batch
    owed.name = name
    owed.serial = lastSerial
    owed.previous = update(table, name, slot)
  }

  /// Sets the unnamed one, which the backend has confirmed already.
  mutating func setUnnamed(_ table: Table, _ note: NoteReference?, batch: UInt64) {
    lastSerial += 1
    let slot = Slot(serial: lastSerial, exists: true, note: note, isConfirmed: true, batch: batch)
    if table == .statements { unnamedStatement = slot } else { unnamedPortal = slot }
  }

  /// The backend has answered: a closed name goes, a new one stays.
  mutating func confirm(_ table: Table, _ name: WireName, serial: UInt64) {
    switch (table, name.isUnnamed) {
    case (.statements, true): Self.confirm(&unnamedStatement, serial)
    case (.portals, true): Self.confirm(&unnamedPortal, serial)
    case (.statements, false): if statements[name] != nil { Self.confirm(&statements[name], serial) }
    case (.portals, false): if portals[name] != nil { Self.confirm(&portals[name], serial) }
    }
  }

  private static func confirm(_ slot: inout Slot?, _ serial: UInt64) {
    guard slot?.serial == serial else { return }
    if slot?.exists == true { slot?.isConfirmed = true } else { slot = nil }
  }

  /// Takes back the change of an answer that will not come. False when a later change stands on top of it: then the caller must
  /// hand on `previous` to the answer owed for that one.
  mutating func takeBack(_ table: Table, _ owed: OwedAnswer) -> Bool {
    let current = current(table, owed.name)
    guard current?.serial == owed.serial else { return current == nil }
    _ = update(table, owed.name, owed.previous)
    return true
  }

  mutating func countRows(portal name: WireName, rows: UInt64, bytes: UInt64) {
    guard var slot = current(.portals, name) else { return }
    slot.rows &+= rows
    slot.bytes &+= bytes
    _ = update(.portals, name, slot)
  }

  /// What earlier Executes of a portal have sent.
  func sent(portal name: WireName) -> (rows: UInt64, bytes: UInt64) {
    if name.isUnnamed { return (unnamedPortal?.rows ?? 0, unnamedPortal?.bytes ?? 0) }
    guard let slot = portals[name] else { return (0, 0) }
    return (slot.rows, slot.bytes)
  }

  /// A transaction has ended: its portals are gone.
  mutating func endTransaction(batch: UInt64) {
    if let last = unnamedPortal?.batch, last <= batch { unnamedPortal = nil }
    if !portals.isEmpty { portals = portals.filter { $0.value.batch > batch } }
  }

  /// Whether what completed with this tag may have changed names by SQL: PREPARE, DEALLOCATE, DISCARD, CLOSE.
  static func mayChangeNames(tag: RawSpan) -> Bool { tag.withBytes { mayChangeNames(firstOfTag: $0.isEmpty ? nil : $0[0]) } }

  private static func mayChangeNames(firstOfTag first: UInt8?) -> Bool {
    first == UInt8(ascii: "P") || first == UInt8(ascii: "D") || first == UInt8(ascii: "C")
  }

  /// A statement has completed that, by its tag, changes names by SQL.
  mutating func completed(tag: String, _ effects: inout [NameEffect]) {
    guard Self.mayChangeNames(firstOfTag: tag.utf8.first) else { return }
    switch tag {
    case "PREPARE", "DEALLOCATE":
      guard !effects.isEmpty else {
        // Nobody knows which name: forget all that could be it. Their notes come back as nil.
        if tag == "DEALLOCATE" { forgetStatements() }
        return
      }
      switch effects.removeFirst() {
      case .prepares(let name, let note):
        lastSerial += 1
        statements[name] = Slot(serial: lastSerial, exists: true, note: note, isConfirmed: true)
      case .deallocates(let name): statements[name] = nil
      }
    case "DEALLOCATE ALL": forgetStatements()
    case "DISCARD ALL":
      forgetStatements()
      portals = portals.filter { !$0.value.isConfirmed }
    case "CLOSE CURSOR", "CLOSE CURSOR ALL": portals = portals.filter { !$0.value.isConfirmed }
    default: break
    }
  }

  private mutating func forgetStatements() {
    statements = statements.filter { !$0.value.isConfirmed }
    if unnamedStatement?.isConfirmed == true { unnamedStatement = nil }
  }

  private func current(_ table: Table, _ name: WireName) -> Slot? {
    if name.isUnnamed { return table == .statements ? unnamedStatement : unnamedPortal }
    return table == .statements ? statements[name] : portals[name]
  }

  private mutating func update(_ table: Table, _ name: WireName, _ slot: Slot?) -> Slot? {
    if name.isUnnamed {
      var slot = slot
      if table == .statements { swap(&slot, &unnamedStatement) } else { swap(&slot, &unnamedPortal) }
      return slot
    }
    if let note = slot?.note?.note { tables().heldBytes += note.footprintBytes }
    if table == .statements {
      let old = statements[name]
      statements[name] = slot
      return old
    }
    let old = portals[name]
    portals[name] = slot
    return old
  }
}
