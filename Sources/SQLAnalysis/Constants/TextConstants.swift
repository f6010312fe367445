/// The constants of a query text: plain numbers and plain strings, found without the parser, so that texts that differ in nothing else
/// can be told to be alike.
///
/// What PostgreSQL's scanner (src/backend/parser/scan.l) could read in another way than these few rules do makes `read` give the text up:
/// comments, dollar quotes, escape, bit and Unicode strings, backslashes, exponents, control characters. Two texts with constants of the
/// same kinds, in the same order, and the same bytes between them are then the same tokens but for the constants' values.
public struct TextConstants: Sendable {
  public enum Kind: UInt8, Sendable {
    /// Fits into 32 bits: the scanner's ICONST.
    case integer
    /// A whole number that does not: FCONST.
    case large
    /// With a fraction: FCONST.
    case decimal
    /// SCONST.
    case string
  }

  public struct Constant: Sendable, Equatable {
    public var kind: Kind
    /// UTF-8 byte offsets into the text, quotes included.
    public var range: Range<Int>
  }

  /// More make a text that is not worth it.
  public static let constantsMax = 256

  /// Of the text that was read last, in its order.
  public private(set) var constants: [Constant] = []

  public init() {}

  /// Reads a text.
  ///
  /// - Parameter text: the bytes of the query, without the terminating NUL.
  /// - Returns: false for a text that only the parser can read; what was found is forgotten.
  public mutating func read(_ text: Span<UInt8>) -> Bool {
    constants.removeAll(keepingCapacity: true)
    var position = 0
    var isASCII = true
    // Of the token before, where no blank stands between.
    var touchesName = false
    while position < text.count {
      let byte = text[position]
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"), 0x80...:
        position = Self.nameEnd(text, position, &isASCII)
        touchesName = true
        continue
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        guard !touchesName, let number = Self.number(text, position) else { return giveUp() }
        constants.append(number)
        position = number.range.upperBound
      case UInt8(ascii: "'"):
        guard !touchesName, let end = Self.quoteEnd(text, position, &isASCII), constants.count < Self.constantsMax else {
          return giveUp()
        }
        constants.append(Constant(kind: .string, range: position..<end))
        position = end
      case UInt8(ascii: "\""):
        guard !touchesName, let end = Self.quoteEnd(text, position, &isASCII) else { return giveUp() }
        position = end
      case UInt8(ascii: "$"):
        // A parameter; anything else is a dollar quote, or nothing that parses.
        let end = Self.digitsEnd(text, position + 1)
        guard !touchesName, end > position + 1, !Self.continuesWord(text, end) else { return giveUp() }
        position = end
      case UInt8(ascii: "."):
        // `.5`
        if Self.isDigit(text, position + 1) { return giveUp() }
        position += 1
      case UInt8(ascii: "-"):
        if LexicalSkip.at(text, position + 1) == byte { return giveUp() }
        position += 1
      case UInt8(ascii: "/"):
        if LexicalSkip.at(text, position + 1) == UInt8(ascii: "*") { return giveUp() }
        position += 1
      case UInt8(ascii: "&"):
        // What U& would be of.
        let next = LexicalSkip.at(text, position + 1)
        if next == UInt8(ascii: "'") || next == UInt8(ascii: "\"") { return giveUp() }
        position += 1
      case 0x20, 0x09, 0x0a, 0x0d, 0x21...0x7e: position += 1
      default: return giveUp()
      }
      touchesName = false
      guard constants.count <= Self.constantsMax else { return giveUp() }
    }
    return isASCII || Self.isUTF8(text) || giveUp()
  }

  private mutating func giveUp() -> Bool {
    constants.removeAll(keepingCapacity: true)
    return false
  }

  private static func nameEnd(_ text: Span<UInt8>, _ start: Int, _ isASCII: inout Bool) -> Int {
    var position = start
    while position < text.count, LexicalSkip.isIdentifier(text[position]) {
      if text[position] >= 0x80 { isASCII = false }
      position += 1
    }
    return position
  }

  private static func digitsEnd(_ text: Span<UInt8>, _ start: Int) -> Int {
    var position = start
    while isDigit(text, position) { position += 1 }
    return position
  }

  private static func isDigit(_ text: Span<UInt8>, _ index: Int) -> Bool {
    index < text.count && text[index] &- UInt8(ascii: "0") < 10
  }

  /// Whether what stands here could belong to a word or a number before it.
  private static func continuesWord(_ text: Span<UInt8>, _ index: Int) -> Bool {
    index < text.count && (LexicalSkip.isIdentifier(text[index]) || text[index] == UInt8(ascii: "."))
  }

  private static func number(_ text: Span<UInt8>, _ start: Int) -> Constant? {
    var end = digitsEnd(text, start)
    if LexicalSkip.at(text, end) == UInt8(ascii: "."), isDigit(text, end + 1) {
      end = digitsEnd(text, end + 1)
      guard !continuesWord(text, end) else { return nil }
      return Constant(kind: .decimal, range: start..<end)
    }
    guard !continuesWord(text, end) else { return nil }
    switch end - start {
    case 1...9: return Constant(kind: .integer, range: start..<end)
    // 2147483647 is the largest integer; other digits would have to be compared.
    case 10 where text[start] == UInt8(ascii: "1"): return Constant(kind: .integer, range: start..<end)
    case 10 where text[start] > UInt8(ascii: "2"): return Constant(kind: .large, range: start..<end)
    case 11...40 where text[start] > UInt8(ascii: "0"): return Constant(kind: .large, range: start..<end)
    default: return nil
    }
  }

  /// The offset after a string or quoted name; nil for one that holds a backslash or a control character, or does not end.
  private static func quoteEnd(_ text: Span<UInt8>, _ start: Int, _ isASCII: inout Bool) -> Int? {
    let quote = text[start]
    var position = start + 1
    while position < text.count {
      let byte = text[position]
      switch byte {
      case quote:
        guard LexicalSkip.at(text, position + 1) == quote else { return position + 1 }
        position += 2
      case UInt8(ascii: "\\"), ..<0x20, 0x7f: return nil
      default:
        if byte >= 0x80 { isASCII = false }
        position += 1
      }
    }
    return nil
  }

  private static func isUTF8(_ text: Span<UInt8>) -> Bool {
    do {
      _ = try UTF8Span(validating: text)
      return true
    } catch { return false }
  }
}
