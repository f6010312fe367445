/// What a text must satisfy before the parser sees it.
enum TextGuard {
  /// The parser's output may not grow beyond about this many bytes of repeated text.
  static let expandedBytesMax = 64 << 20

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
    guard expandedBytes(text.span) <= expandedBytesMax else {
      throw ParseFailure(reason: .tooComplex, message: "the statement assigns too many columns from one row expression")
    }
  }

  /// About how many bytes of text the parser writes out.
  ///
  /// It repeats the source of `SET (a, b, c) = (...)` for each column, and again for each column of an assignment within it, so 800
  /// bytes of nested assignments make a gigabyte. A row comparison looks alike and counts too.
  static func expandedBytes(_ text: Span<UInt8>) -> Int {
    struct Group {
      var commas = 0
      /// How often what follows in this group is repeated, its surroundings included.
      var factor: Int
      var outer: Int
    }
    var groups = [Group(factor: 1, outer: 1)]
    var total = 0
    var columnsBefore = 0
    var position = 0
    while position < text.count, total <= expandedBytesMax {
      let start = position
      let last = groups.count - 1
      let byte = text[position]
      position = LexicalSkip.quotedOrComment(text, from: position) ?? position + 1
      let isBlank = byte == 0x20 || (0x09...0x0d).contains(byte) || (position > start + 1 && byte != UInt8(ascii: "'"))
      total = saturating(total, groups[last].factor, position - start)
      switch byte {
      case UInt8(ascii: "("), UInt8(ascii: "["):
        groups.append(Group(factor: groups[last].factor, outer: groups[last].factor))
        columnsBefore = 0
      case UInt8(ascii: ")"), UInt8(ascii: "]"):
        columnsBefore = groups[last].commas
        if groups.count > 1 { groups.removeLast() }
      case UInt8(ascii: ","), UInt8(ascii: ";"):
        groups[last].commas += 1
        groups[last].factor = groups[last].outer
        columnsBefore = 0
      case UInt8(ascii: "="):
        let (product, overflow) = groups[last].factor.multipliedReportingOverflow(by: columnsBefore + 1)
        groups[last].factor = overflow ? .max : product
        columnsBefore = 0
      default: if !isBlank { columnsBefore = 0 }
      }
    }
    return total
  }

  private static func saturating(_ total: Int, _ factor: Int, _ bytes: Int) -> Int {
    let (product, overflow) = factor.multipliedReportingOverflow(by: bytes)
    let (sum, sumOverflow) = total.addingReportingOverflow(product)
    return overflow || sumOverflow ? .max : sum
  }
}
