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
  var previous: PreparedStatements.Slot?
  var note: NoteReference?
  var answer: [UInt8]?
  var part = 0
  var effects: [NameEffect] = []
  /// An Execute of our own: the hidden query that it answers.
  var capture: UInt64?
}

/// Messages sent, in order, whose answers are still to come.
struct AnswersOwed {
  private var items: [OwedAnswer] = []
  private var head = 0

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

  mutating func append(_ answer: OwedAnswer) { items.append(answer) }

  mutating func removeFirst() { removeFirst(1) }

  mutating func removeFirst(_ number: Int) {
    if number == 1, head + 1 == items.count {
      items.removeAll(keepingCapacity: true)
      head = 0
      return
    }
    // Let go of what they hold; the room goes in larger steps.
    for index in head..<head + number {
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

  /// Whether a ReadyForQuery is still to come.
  var owesStatus: Bool { items[head...].contains { $0.kind == .sync || $0.kind.isWhole } }

  /// How many stand before the first Sync; all when there is none.
  var countBeforeSync: Int { (items[head...].firstIndex { $0.kind == .sync } ?? items.count) - head }
}
