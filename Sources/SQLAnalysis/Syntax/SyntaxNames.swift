/// Finds a node's kind or a field by the bytes of its name, without making a string.
struct SyntaxNames {
  struct Entry {
    var hash: UInt64
    var kind: NodeKind
    var field: FieldName
  }

  static let shared = SyntaxNames()

  private static let slotCount: UInt64 = 2048
  private var slots: [Entry]
  private let missing = Entry(hash: 0, kind: .unknown, field: .other)

  private init() {
    slots = Array(repeating: missing, count: Int(Self.slotCount))
    for kind in NodeKind.allCases { insert(kind.rawValue, kind: kind, field: .other) }
    for field in FieldName.allCases { insert(field.rawValue, kind: .unknown, field: field) }
  }

  /// FNV-1a's first value and step; `SyntaxScan` hashes while it looks for the name's closing quote.
  static let hashStart: UInt64 = 0xcbf2_9ce4_8422_2325

  @inline(__always)
  static func hash(_ hash: UInt64, _ byte: UInt8) -> UInt64 { (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }

  private mutating func insert(_ name: String, kind: NodeKind, field: FieldName) {
    let hash = name.utf8.reduce(Self.hashStart) { Self.hash($0, $1) }
    var slot = Int(hash % Self.slotCount)
    while slots[slot].hash != 0 {
      precondition(slots[slot].hash != hash, "two names of the syntax tree have one hash")
      slot = (slot + 1) % Int(Self.slotCount)
    }
    slots[slot] = Entry(hash: hash, kind: kind, field: field)
  }

  /// The entry with this hash. Names come from libpg_query, never from a text, so 64 bits are proof enough.
  @inline(__always)
  func entry(_ hash: UInt64) -> Entry {
    var slot = Int(hash % Self.slotCount)
    while true {
      let entry = slots[slot]
      if entry.hash == hash { return entry }
      if entry.hash == 0 { return missing }
      slot = (slot + 1) % Int(Self.slotCount)
    }
  }
}
