import PostgresWire

/// One message that the backend has been sent and still has to answer.
struct OwedAnswer {
  enum Kind: UInt8 {
    case query, functionCall, parse, bind, describeStatement, describePortal, execute, closeStatement, closePortal, sync

    /// Answered with a ReadyForQuery of its own; a failure ends it alone.
    var isWhole: Bool { self == .query || self == .functionCall }
  }

  enum Fate: UInt8 {
    /// The client gets the backend's answer.
    case forward
    /// A message of our own: nobody gets it.
    case hidden
    /// A message that must fail, in place of one that was refused: the client gets `answer` for the backend's error.
    case poisoned
    /// A message that no server can read, as broken as the client's: the client gets the backend's error, and nothing else may come.
    case broken
    /// A limit was reached: the rest is dropped, and the client gets `answer` for the end.
    case cut
    /// Sent before it was known that the client counts it as skipped.
    case swallowed

    /// Whether anything but an error may come for the client's own message.
    var mayAnswer: Bool { self == .forward || self == .cut || self == .swallowed }
  }

  var kind: Kind
  var fate: Fate = .forward
  /// 0 when it runs nothing that the client asked for.
  var execution: UInt64 = 0
  /// Number of the Sync (or Query) that ends it.
  var batch: UInt64
  /// Statement or portal.
  var name: WireName = .unnamed
  /// The slot that it set in `PreparedStatements`, 0 for none, and what stood there before.
  var serial: UInt64 = 0
  var note: NoteReference?
  /// Memory that the message's own note keeps until it is answered.
  var heldBytes = 0
  var part = 0
  /// An Execute of our own: the hidden query that it answers.
  var capture: UInt64?
  /// What few messages have, kept out of the way of the many.
  private var rare: Rare?

  private final class Rare: Sendable {
    let previous: PreparedStatements.Slot?
    let answer: [UInt8]?
    let effects: [NameEffect]

    init(previous: PreparedStatements.Slot?, answer: [UInt8]?, effects: [NameEffect]) {
      self.previous = previous
      self.answer = answer
      self.effects = effects
    }
  }

  init(
    kind: Kind, fate: Fate = .forward, execution: UInt64 = 0, batch: UInt64, name: WireName = .unnamed,
    note: NoteReference? = nil,
    answer: [UInt8]? = nil, effects: [NameEffect] = [], capture: UInt64? = nil
  ) {
    self.kind = kind
    self.fate = fate
    self.execution = execution
    self.batch = batch
    self.name = name
    self.note = note
    self.capture = capture
    if answer != nil || !effects.isEmpty { rare = Rare(previous: nil, answer: answer, effects: effects) }
  }

  /// What stood in the slot before.
  var previous: PreparedStatements.Slot? {
    get { rare?.previous }
    set { if rare != nil || newValue != nil { rare = Rare(previous: newValue, answer: answer, effects: effects) } }
  }

  /// What the client gets in the backend's place.
  var answer: [UInt8]? {
    get { rare?.answer }
    set { if rare != nil || newValue != nil { rare = Rare(previous: previous, answer: newValue, effects: effects) } }
  }

  var effects: [NameEffect] {
    get { rare?.effects ?? [] }
    set { if rare != nil || !newValue.isEmpty { rare = Rare(previous: previous, answer: answer, effects: newValue) } }
  }
}

/// Messages sent, in order, whose answers are still to come.
struct AnswersOwed {
  private var items: [OwedAnswer] = []
  private var head = 0
  /// Of all of them.
  private(set) var heldBytes = 0

  var isEmpty: Bool { head == items.count }
  var count: Int { items.count - head }

  /// The one that the backend is answering. Only while not empty.
  var first: OwedAnswer {
    _read { yield items[head] }
    _modify { yield &items[head] }
  }

  /// By distance from the first.
  subscript(_ index: Int) -> OwedAnswer {
    _read { yield items[head + index] }
    _modify { yield &items[head + index] }
  }

  mutating func append(_ answer: OwedAnswer) {
    heldBytes += answer.heldBytes
    items.append(answer)
  }

  mutating func removeFirst() { removeFirst(1) }

  mutating func removeFirst(_ number: Int) {
    if number == 1, head + 1 == items.count {
      heldBytes = 0
      items.removeAll(keepingCapacity: true)
      head = 0
      return
    }
    // Let go of what they hold; the room goes in larger steps.
    for index in head..<head + number {
      heldBytes -= items[index].heldBytes
      items[index].previous = nil
      items[index].note = nil
    }
    head += number
    if head == items.count {
      items.removeAll(keepingCapacity: true)
      head = 0
    } else if head >= 256, head * 2 >= items.count {
      items.removeFirst(head)
      head = 0
    }
  }

  /// Whether none of them is for the client.
  var areHidden: Bool { items[head...].allSatisfy { $0.fate == .hidden } }

  /// Whether a ReadyForQuery is still to come.
  var owesStatus: Bool { items[head...].contains { $0.kind == .sync || $0.kind.isWhole } }

  /// How many stand before the first Sync; all when there is none.
  var countBeforeSync: Int { (items[head...].firstIndex { $0.kind == .sync } ?? items.count) - head }
}
