/// Bytes that a detector recognised.
public struct Detection: Sendable, Equatable {
  /// Of what begins first, where several overlap.
  public var kind: DetectorKind
  /// Offsets into what was scanned.
  public var start: Int
  public var end: Int

  /// Groups the members.
  public init(_ kind: DetectorKind, _ start: Int, _ end: Int) {
    self.kind = kind
    self.start = start
    self.end = end
  }

  public var range: Range<Int> { start..<end }
}

/// Detections in order, none of which overlaps another: those that do become one, of the kind that begins first.
extension [Detection] {
  /// Adds a hit whose end lies behind the beginning of all before it.
  mutating func add(_ kind: DetectorKind, _ start: Int, _ end: Int) {
    var new = Detection(kind, start, end)
    while let last, last.end > new.start {
      if last.start < new.start || last.start == new.start && last.kind.order < new.kind.order { new.kind = last.kind }
      new.start = Swift.min(new.start, last.start)
      new.end = Swift.max(new.end, last.end)
      removeLast()
    }
    append(new)
  }
}

extension DetectorKind {
  /// Decides between kinds that begin at the same byte.
  var order: UInt8 { DetectorKinds(self).rawValue }
}
