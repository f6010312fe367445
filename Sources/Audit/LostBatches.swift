/// Which batches of records could not be written, and why.
struct LostBatches {
  /// Ranges beyond this many are remembered as one, with all that stands before them.
  static let rangesMax = 64

  private var ranges: [(batches: ClosedRange<UInt64>, why: any Error)] = []
  /// Of what is not remembered by itself any more: whoever asks about a batch up to here is told the worst.
  private var forgottenThrough: UInt64 = 0

  /// Nothing was ever lost.
  var isEmpty: Bool { ranges.isEmpty }

  /// They are lost, and come behind all that were lost before.
  mutating func add(_ batches: ClosedRange<UInt64>, _ why: any Error) {
    if let last = ranges.last, last.batches.upperBound + 1 == batches.lowerBound {
      // A full disk loses one after the other: that is one range.
      ranges[ranges.count - 1] = (last.batches.lowerBound...batches.upperBound, why)
      return
    }
    if ranges.count >= Self.rangesMax { forgottenThrough = ranges.removeFirst().batches.upperBound }
    ranges.append((batches, why))
  }

  /// Why one of these is lost; nil when none is.
  func why(_ batches: ClosedRange<UInt64>) -> (any Error)? {
    if let lost = ranges.last(where: { $0.batches.overlaps(batches) }) { return lost.why }
    return batches.lowerBound <= forgottenThrough ? ranges.last?.why : nil
  }
}
