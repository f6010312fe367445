import Detectors
import Policy
import Reactor

/// Masks what was found in one value. What comes out is never longer than what went in: the shortest thing that is found has six
/// bytes, and the longest mask five.
struct ValueMask {
  /// Kinds whose matches are masked, and kinds that mask the whole value: sets, since each match asks, and a dictionary's hash of a
  /// kind costs more than finding it.
  private let matches: DetectorKinds
  private let values: DetectorKinds
  private static let zero = [UInt8(ascii: "0")]
  private static let stars = Array("***".utf8)
  private static let quotedStars = Array("\"***\"".utf8)

  init(rules: DetectorRules) {
    matches = DetectorKinds(rules.keys.filter { rules[$0] == .maskMatch })
    values = DetectorKinds(rules.keys.filter { rules[$0] == .maskValue })
  }

  /// What to do about a value with these hits in it; nil when it is shown as it is.
  func action(_ hits: [Detection]) -> DetectorAction? {
    var found: DetectorKinds = []
    for hit in hits { found.formUnion(DetectorKinds(hit.kind)) }
    if !found.isDisjoint(with: values) { return .maskValue }
    return found.isDisjoint(with: matches) ? nil : .maskMatch
  }

  /// Appends the value without what was found in it; false for NULL in its place.
  func append(_ value: RawSpan, _ hits: [Detection], as form: ValueForm, _ action: DetectorAction, to out: inout [UInt8]) -> Bool
  {
    // A key whose end is missing would take the closing signs of what it stands in with it.
    let isOpenKey = hits.contains { $0.kind == .key && $0.end == value.byteCount }
    let isWhole = action == .maskValue
    switch form {
    case .text:
      if isWhole { out += Self.stars } else { splice(value, hits, Self.stars, &out) }
    case .json(let prefixBytes):
      if isWhole {
        value.extracting(first: prefixBytes).append(to: &out)
        out += Self.quotedStars
      } else {
        spliceJSON(value, hits, prefixBytes, &out)
      }
    case .number:
      if isWhole, value[byte: 0] == UInt8(ascii: "{") { return false }
      if isWhole { out += Self.zero } else { splice(value, hits, Self.zero, &out) }
    case .textArray:
      if isWhole || isOpenKey { out += Array("{***}".utf8) } else { splice(value, hits, Self.stars, &out) }
    case .unknownText:
      if isWhole || isOpenKey { return false }
      splice(value, hits, Self.stars, &out)
    case .skipped, .binaryArray, .unknownBinary:
      if isWhole { return false }
      let start = out.count
      value.append(to: &out)
      for hit in hits where matches.contains(DetectorKinds(hit.kind)) {
        for index in hit.range { out[start + index] = UInt8(ascii: "*") }
      }
    }
    return true
  }

  /// The value with `mask` in place of each match that is to be masked.
  func splice(_ value: RawSpan, _ hits: [Detection], _ mask: [UInt8], _ out: inout [UInt8]) {
    var done = 0
    for hit in hits where matches.contains(DetectorKinds(hit.kind)) {
      value.extracting(done..<hit.start).append(to: &out)
      out += mask
      done = hit.end
    }
    value.extracting(done..<value.byteCount).append(to: &out)
  }

  /// In a string the match is exchanged, behind the escape that its first bytes may belong to; a number becomes a string.
  private func spliceJSON(_ value: RawSpan, _ hits: [Detection], _ prefixBytes: Int, _ out: inout [UInt8]) {
    var (done, place, isInString) = (0, prefixBytes, false)
    for hit in hits where matches.contains(DetectorKinds(hit.kind)) {
      var start = max(hit.start, done)
      while place < start {
        if isInString, value[byte: place] == UInt8(ascii: "\\") {
          place += value[byte: place + 1] == UInt8(ascii: "u") ? 6 : 2
        } else {
          if value[byte: place] == UInt8(ascii: "\"") { isInString.toggle() }
          place += 1
        }
      }
      start = place
      guard start < hit.end else { continue }
      if isInString {
        let end = stringEnd(value, from: start, atMost: hit.end)
        value.extracting(done..<start).append(to: &out)
        out += Self.stars
        (done, place) = (end, end)
      } else {
        let isNegative = start > done && value[byte: start - 1] == UInt8(ascii: "-")
        value.extracting(done..<(isNegative ? start - 1 : start)).append(to: &out)
        out += Self.quotedStars
        (done, place) = (hit.end, hit.end)
      }
    }
    value.extracting(done..<value.byteCount).append(to: &out)
  }

  /// The place of the quote that ends the string, if it comes before `limit`.
  private func stringEnd(_ value: RawSpan, from start: Int, atMost limit: Int) -> Int {
    var place = start
    while place < limit {
      switch value[byte: place] {
      case UInt8(ascii: "\""): return place
      case UInt8(ascii: "\\"): place += value[byte: place + 1] == UInt8(ascii: "u") ? 6 : 2
      default: place += 1
      }
    }
    return min(place, value.byteCount)
  }
}

extension RawSpan {
  /// The byte at a place; 0 outside.
  subscript(byte index: Int) -> UInt8 {
    guard index >= 0, index < byteCount else { return 0 }
    return unsafe unsafeLoad(fromByteOffset: index, as: UInt8.self)
  }

  /// Four bytes as the protocol writes a number, which must be within.
  subscript(word index: Int) -> UInt32 { UInt32(bigEndian: unsafe unsafeLoadUnaligned(fromByteOffset: index, as: UInt32.self)) }
}
