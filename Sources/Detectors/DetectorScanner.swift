/// Finds personal data and credentials in bytes of text: exactly, in one pass, in time linear in the length whatever the bytes are.
///
/// A first pass of wide compares turns 64 bytes at a time into two words: where digits are, and where one of eight rare bytes is that
/// every other kind has in it. Only there anything is looked at, and each look is bounded or moves on over what it has read.
public struct DetectorScanner: Sendable {
  private let kinds: DetectorKinds

  /// A scanner for these kinds.
  public init(_ kinds: DetectorKinds) { self.kinds = kinds }

  /// Puts what is found in place of the contents of `hits`: in order, none overlapping another.
  public func scan(_ text: RawSpan, into hits: inout [Detection]) {
    hits.removeAll(keepingCapacity: true)
    guard text.byteCount >= DetectorEngine.bytesMin, !kinds.isEmpty else { return }
    TextBytes.lend(text) { bytes in
      var list = DetectionList(hits: [])
      swap(&list.hits, &hits)
      var engine = DetectorEngine(bytes, kinds, consume list)
      engine.run()
      swap(&engine.list.hits, &hits)
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
