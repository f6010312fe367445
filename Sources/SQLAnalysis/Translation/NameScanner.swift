/// Reads a (qualified) name in the text, from the offset that the parser gives: the parser says what it is, not how long.
struct NameScanner {
  /// The byte ranges of the parts, quotes included.
  private(set) var parts: [Range<Int>] = []
  /// The offset after the last part, or after `.*`.
  private(set) var end: Int
  private(set) var endsInStar = false

  init(_ text: [UInt8], at start: Int) {
    let bytes = text.span
    end = start
    var position = start
    while let partEnd = Self.part(bytes, from: position) {
      parts.append(position..<partEnd)
      end = partEnd
      let dot = LexicalSkip.blanks(bytes, from: partEnd)
      guard LexicalSkip.at(bytes, dot) == UInt8(ascii: ".") else { return }
      position = LexicalSkip.blanks(bytes, from: dot + 1)
      if LexicalSkip.at(bytes, position) == UInt8(ascii: "*") {
        endsInStar = true
        end = position + 1
        return
      }
    }
  }

  /// The offset after the identifier that begins at `start`: plain, "quoted" or U&"quoted" with its UESCAPE.
  private static func part(_ text: Span<UInt8>, from start: Int) -> Int? {
    guard let first = LexicalSkip.at(text, start) else { return nil }
    if first == UInt8(ascii: "\"") { return LexicalSkip.quotedOrComment(text, from: start) }
    if first | 0x20 == UInt8(ascii: "u"), LexicalSkip.at(text, start + 1) == UInt8(ascii: "&"),
      LexicalSkip.at(text, start + 2) == UInt8(ascii: "\"")
    {
      guard let end = LexicalSkip.quotedOrComment(text, from: start + 2) else { return nil }
      return escapeClauseEnd(text, from: end) ?? end
    }
    guard LexicalSkip.isIdentifier(first), first != UInt8(ascii: "$") else { return nil }
    var position = start + 1
    while let byte = LexicalSkip.at(text, position), LexicalSkip.isIdentifier(byte) { position += 1 }
    return position
  }

  private static func escapeClauseEnd(_ text: Span<UInt8>, from start: Int) -> Int? {
    var position = LexicalSkip.blanks(text, from: start)
    for letter in "uescape".utf8 {
      guard let byte = LexicalSkip.at(text, position), byte | 0x20 == letter else { return nil }
      position += 1
    }
    position = LexicalSkip.blanks(text, from: position)
    guard LexicalSkip.at(text, position) == UInt8(ascii: "'") else { return nil }
    return LexicalSkip.quotedOrComment(text, from: position)
  }

  /// The offset after the list in parentheses that follows `start`, or `start` when none does.
  static func afterParentheses(_ text: [UInt8], from start: Int) -> Int {
    let bytes = text.span
    var position = LexicalSkip.blanks(bytes, from: start)
    guard LexicalSkip.at(bytes, position) == UInt8(ascii: "(") else { return start }
    var depth = 0
    while position < bytes.count {
      if let end = LexicalSkip.quotedOrComment(bytes, from: position) {
        position = end
        continue
      }
      if bytes[position] == UInt8(ascii: "(") { depth += 1 }
      if bytes[position] == UInt8(ascii: ")") { depth -= 1 }
      position += 1
      if depth == 0 { return position }
    }
    return start
  }
}
