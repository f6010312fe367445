/// Finds personal data and credentials in bytes of text: exactly, in one pass, in time linear in the length whatever the bytes are.
///
/// A first pass of wide compares turns 64 bytes at a time into words of a bit each: where digits are, where letters and digits are, and
/// where one of eight rare bytes is that every other kind has in it. Shifts and sums of these words leave the places where something may
/// begin. Only there anything is looked at, and each look is bounded or moves on over what it has read.
public struct DetectorScanner: Sendable {
  /// Nothing shorter is found: `a@b.cc`.
  public static let bytesMin = 6

  private let kinds: DetectorKinds

  /// A scanner for these kinds.
  public init(_ kinds: DetectorKinds) { self.kinds = kinds }

  /// Puts what is found in place of the contents of `hits`: in order, none overlapping another.
  public func scan(_ text: RawSpan, into hits: inout [Detection]) { scan(0..<text.byteCount, of: text, into: &hits) }

  /// The same for some of the bytes, which must lie within them: what stands around these is not looked at, but may be read with them,
  /// which is faster than a span of their own. Offsets count from the first of these.
  public func scan(_ range: Range<Int>, of bytes: RawSpan, into hits: inout [Detection]) {
    if !hits.isEmpty { hits.removeAll(keepingCapacity: true) }
    guard range.count >= Self.bytesMin, !kinds.isEmpty else { return }
    TextBytes.lend(range, of: bytes) { text in
      var engine = DetectorEngine(text, kinds)
      engine.run(&hits)
    }
  }

  /// As `scan(_:into:)`.
  public func scan(_ text: [UInt8], into hits: inout [Detection]) { scan(unsafe text.span.bytes, into: &hits) }

  /// What is found.
  public func scan(_ text: [UInt8]) -> [Detection] {
    var hits: [Detection] = []
    scan(text, into: &hits)
    return hits
  }
}
