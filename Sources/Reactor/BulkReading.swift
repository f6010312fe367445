/// When a peer sends without a pause, reading each packet for itself costs more than the bytes: then the kernel is asked to wait for
/// more of them (SO_RCVLOWAT, socket(7)). Over when nothing came for a moment, or when the peer is written to.
struct BulkReading {
  /// What the kernel waits for.
  static let lowWaterBytes = 192 << 10
  /// Bytes without an answer of ours from which on it is bulk.
  static let enoughBytes = 256 << 10
  /// How long bytes may lie in the kernel because there are too few of them.
  static let patienceMilliseconds = 2

  var isOn = false
  private var bytes: UInt32 = 0
  private var lastMilliseconds: UInt64 = 0

  /// Whether bulk begins with these bytes.
  mutating func received(_ count: Int, nowMilliseconds: UInt64) -> Bool {
    if nowMilliseconds &- lastMilliseconds > UInt64(Self.patienceMilliseconds) { bytes = 0 }
    lastMilliseconds = nowMilliseconds
    bytes &+= UInt32(truncatingIfNeeded: count)
    return !isOn && bytes >= Self.enoughBytes
  }

  /// The peer was written to: what it sends next begins anew.
  mutating func answered() { bytes = 0 }

  func isOver(nowMilliseconds: UInt64) -> Bool { nowMilliseconds &- lastMilliseconds >= UInt64(Self.patienceMilliseconds) }
}
