/// What a text must satisfy before the parser sees it.
enum TextGuard {
  /// How many bytes of text the parser may repeat.
  static let repeatedBytesMax = 1 << 20

  /// - Throws: `tooLong`, `encoding`, or `tooComplex` for a text whose tree would be many times its size.
  static func check(_ text: [UInt8], statementBytesMax: Int) throws(ParseFailure) {
    guard text.count <= statementBytesMax else {
      throw ParseFailure(
        reason: .tooLong, message: "the statement has \(text.count) bytes; the ceiling is \(statementBytesMax)")
    }
    guard !text.contains(0) else { throw ParseFailure(reason: .encoding, message: "the statement holds a NUL byte") }
    do {
      _ = try UTF8Span(validating: text.span)
    } catch {
      throw ParseFailure(reason: .encoding, message: "the statement is not valid UTF-8")
    }
    guard expandedBytes(text.span) - text.count <= repeatedBytesMax else {
      throw ParseFailure(reason: .tooComplex, message: "the statement assigns too many columns from one row expression")
    }
  }

  /// About how many bytes of text the parser writes out.
  ///
  /// It repeats the source of `SET (a, b, c) = (...)` for each column, and again for each column of an assignment within it, so 800
  /// bytes of nested assignments make a gigabyte. A list in parentheses after SET or a comma and before `=` counts as one.
  static func expandedBytes(_ text: Span<UInt8>) -> Int {
    var groups = [Group(outer: 1, mayBeColumns: false)]
    var total = 0
    // Columns of the list that ended just now; 0 after anything else.
    var columns = 0
    var mayBeginColumns = false
    var position = 0
    while position < text.count, total < .max {
      let start = position
      let byte = text[position]
      let skipped = LexicalSkip.quotedOrComment(text, from: position)
      position = skipped ?? wordEnd(text, from: position)
      total = saturating(total, groups[groups.count - 1].factor, position - start)
      let isComment = skipped != nil && (byte == UInt8(ascii: "-") || byte == UInt8(ascii: "/"))
      if isComment || byte == 0x20 || (0x09...0x0d).contains(byte) { continue }
      let columnsBefore = columns
      columns = 0
      defer { mayBeginColumns = byte == UInt8(ascii: ",") || isSet(text, start..<position) }
      switch byte {
      case UInt8(ascii: "("), UInt8(ascii: "["):
        groups.append(Group(outer: groups[groups.count - 1].factor, mayBeColumns: mayBeginColumns))
      case UInt8(ascii: ")"), UInt8(ascii: "]"):
        guard groups.count > 1, let group = groups.popLast() else { continue }
        columns = group.mayBeColumns ? group.commas + 1 : 0
      case UInt8(ascii: ","), UInt8(ascii: ";"):
        groups[groups.count - 1].commas += 1
        groups[groups.count - 1].factor = groups[groups.count - 1].outer
      case UInt8(ascii: "=") where columnsBefore > 1:
        let last = groups.count - 1
        let (product, overflow) = groups[last].outer.multipliedReportingOverflow(by: columnsBefore)
        groups[last].factor = max(groups[last].factor, overflow ? .max : product)
      default: break
      }
    }
    return total
  }

  /// What is between parentheses or brackets.
  private struct Group {
    var commas = 0
    /// How often what follows in the group is repeated.
    var factor: Int
    /// How often the group itself is.
    let outer: Int
    let mayBeColumns: Bool

    init(outer: Int, mayBeColumns: Bool) {
      factor = outer
      self.outer = outer
      self.mayBeColumns = mayBeColumns
    }
  }

  private static func wordEnd(_ text: Span<UInt8>, from start: Int) -> Int {
    var position = start
    while position < text.count, LexicalSkip.isIdentifier(text[position]),
      position == start || text[position] != UInt8(ascii: "$")
    {
      position += 1
    }
    return max(position, start + 1)
  }

  private static func isSet(_ text: Span<UInt8>, _ word: Range<Int>) -> Bool {
    guard word.count == 3 else { return false }
    let start = word.lowerBound
    return text[start] | 0x20 == UInt8(ascii: "s") && text[start + 1] | 0x20 == UInt8(ascii: "e")
      && text[start + 2] | 0x20 == UInt8(ascii: "t")
  }

  private static func saturating(_ total: Int, _ factor: Int, _ bytes: Int) -> Int {
    let (product, overflow) = factor.multipliedReportingOverflow(by: bytes)
    let (sum, sumOverflow) = total.addingReportingOverflow(product)
    return overflow || sumOverflow ? .max : sum
  }
}
