/// Where quoted things and comments end, by the rules of PostgreSQL's scanner (src/backend/parser/scan.l) with
/// `standard_conforming_strings` on.
enum LexicalSkip {
  /// The offset after the comment, string, quoted identifier or dollar-quoted string that begins at `start`; nil when none does.
  /// What is not closed ends with the text.
  static func quotedOrComment(_ text: Span<UInt8>, from start: Int) -> Int? {
    guard start < text.count else { return nil }
    switch text[start] {
    case UInt8(ascii: "-"): return at(text, start + 1) == UInt8(ascii: "-") ? lineEnd(text, start + 2) : nil
    case UInt8(ascii: "/"): return at(text, start + 1) == UInt8(ascii: "*") ? commentEnd(text, start + 2) : nil
    case UInt8(ascii: "'"): return quoteEnd(text, start + 1, quote: UInt8(ascii: "'"), escapes: hasEscapePrefix(text, start))
    case UInt8(ascii: "\""): return quoteEnd(text, start + 1, quote: UInt8(ascii: "\""), escapes: false)
    case UInt8(ascii: "$"): return dollarEnd(text, start)
    default: return nil
    }
  }

  /// The offset of the first byte at or after `start` that is neither blank nor comment.
  static func blanks(_ text: Span<UInt8>, from start: Int) -> Int {
    var position = start
    while position < text.count {
      switch text[position] {
      case 0x20, 0x09...0x0d: position += 1
      case UInt8(ascii: "-"), UInt8(ascii: "/"):
        guard let end = quotedOrComment(text, from: position) else { return position }
        position = end
      default: return position
      }
    }
    return position
  }

  /// A byte that an unquoted identifier may hold after its first.
  @inline(__always)
  static func isIdentifier(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "_"), UInt8(ascii: "$"), 0x80...:
      true
    default: false
    }
  }

  @inline(__always)
  static func at(_ text: Span<UInt8>, _ index: Int) -> UInt8? { index >= 0 && index < text.count ? text[index] : nil }

  private static func hasEscapePrefix(_ text: Span<UInt8>, _ quote: Int) -> Bool {
    guard let prefix = at(text, quote - 1), prefix | 0x20 == UInt8(ascii: "e") else { return false }
    return at(text, quote - 2).map { !isIdentifier($0) } ?? true
  }

  private static func lineEnd(_ text: Span<UInt8>, _ start: Int) -> Int {
    var position = start
    while position < text.count, text[position] != 0x0a, text[position] != 0x0d { position += 1 }
    return position
  }

  private static func commentEnd(_ text: Span<UInt8>, _ start: Int) -> Int {
    var position = start
    var depth = 1
    while position + 1 < text.count {
      if text[position] == UInt8(ascii: "*"), text[position + 1] == UInt8(ascii: "/") {
        depth -= 1
        position += 2
        if depth == 0 { return position }
      } else if text[position] == UInt8(ascii: "/"), text[position + 1] == UInt8(ascii: "*") {
        depth += 1
        position += 2
      } else {
        position += 1
      }
    }
    return text.count
  }

  private static func quoteEnd(_ text: Span<UInt8>, _ start: Int, quote: UInt8, escapes: Bool) -> Int {
    var position = start
    while position < text.count {
      if text[position] == quote {
        guard at(text, position + 1) == quote else { return position + 1 }
        position += 2
      } else {
        position += escapes && text[position] == UInt8(ascii: "\\") ? 2 : 1
      }
    }
    return text.count
  }

  private static func dollarEnd(_ text: Span<UInt8>, _ start: Int) -> Int? {
    if let before = at(text, start - 1), isIdentifier(before) { return nil }
    var tagEnd = start + 1
    while let byte = at(text, tagEnd), byte != UInt8(ascii: "$") {
      guard isIdentifier(byte), tagEnd > start + 1 || !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
      tagEnd += 1
    }
    guard tagEnd < text.count else { return nil }
    let tag = tagEnd + 1 - start
    var position = tagEnd + 1
    while position + tag <= text.count {
      var matched = 0
      while matched < tag, text[position + matched] == text[start + matched] { matched += 1 }
      if matched == tag { return position + tag }
      position += 1
    }
    return text.count
  }
}
