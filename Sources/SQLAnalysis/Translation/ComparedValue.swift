/// The value of a comparison: a constant or a parameter, bare or cast to what the column's type is anyway.
struct ComparedValue {
  var value: EqualityLookup.Value
  var isText: Bool
  /// Where it stands in the text, its cast included.
  var range: Range<Int>

  /// - Parameter type: of the column, as `format_type` prints it.
  init?(_ translator: Translator, _ node: Int, with type: String) {
    let tree = translator.tree
    var bare = node
    if tree.nodes[node].kind == .typeCast {
      guard let argument = tree.child(node, .arg), let name = tree.child(node, .typeName), Self.keeps(tree, name, type) else {
        return nil
      }
      bare = argument
    }
    switch tree.nodes[bare].kind {
    case .paramRef:
      guard let number = tree.number(bare, .number) else { return nil }
      value = .parameter(number)
      isText = true
    case .aConst:
      guard let constant = SettingsPass.constant(tree, bare) else { return nil }
      value = .constant(constant)
      isText = tree.child(bare, .sval) != nil
    default: return nil
    }
    guard let literal = Self.range(translator, bare) else { return nil }
    range = literal
    if bare != node {
      guard let whole = Self.castRange(translator, node, literal) else { return nil }
      range = whole
    }
  }

  /// Whether a cast to the type named at `name` leaves a value, and what it equals, as the column's own type would have it. Lengths
  /// would cut it.
  private static func keeps(_ tree: SyntaxTree, _ name: Int, _ type: String) -> Bool {
    guard tree.child(name, .typmods) == nil, tree.child(name, .arrayBounds) == nil, let cast = tree.names(name, .names)?.last
    else { return false }
    let bare = type.prefix { $0 != "(" }
    switch bare {
    case "text", "character varying": return cast == "text" || cast == "varchar"
    case "character": return cast == "bpchar"
    default:
      // citext, uuid, and domains: the type itself, whatever schema either names.
      let own = bare.split(separator: ".").last.map { $0.filter { $0 != "\"" } } ?? ""
      return cast == own
    }
  }

  private static func range(_ translator: Translator, _ node: Int) -> Range<Int>? {
    let start = Int(translator.tree.nodes[node].location)
    let bytes = translator.text.span
    guard let first = LexicalSkip.at(bytes, start) else { return nil }
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    var end = start
    switch first {
    case UInt8(ascii: "'"):
      guard let quoteEnd = LexicalSkip.quotedOrComment(bytes, from: start) else { return nil }
      end = quoteEnd
    case UInt8(ascii: "E"), UInt8(ascii: "e"):
      guard LexicalSkip.at(bytes, start + 1) == UInt8(ascii: "'"),
        let quoteEnd = LexicalSkip.quotedOrComment(bytes, from: start + 1)
      else { return nil }
      end = quoteEnd
    case UInt8(ascii: "$") where translator.tree.nodes[node].kind == .paramRef, digits:
      end += 1
      while let byte = LexicalSkip.at(bytes, end), digits.contains(byte) { end += 1 }
    default:
      // U&'', $$ and the like: rare enough in a look-up.
      return nil
    }
    // 'a' 'b' across lines is one literal.
    guard LexicalSkip.at(bytes, LexicalSkip.blanks(bytes, from: end)) != UInt8(ascii: "'") else { return nil }
    return start..<end
  }

  /// `'x'::text`, `CAST('x' AS text)` or `text 'x'`, whose literal stands at `literal`.
  private static func castRange(_ translator: Translator, _ node: Int, _ literal: Range<Int>) -> Range<Int>? {
    let bytes = translator.text.span
    let behind = LexicalSkip.blanks(bytes, from: literal.upperBound)
    if LexicalSkip.at(bytes, behind) == UInt8(ascii: ":"), LexicalSkip.at(bytes, behind + 1) == UInt8(ascii: ":") {
      let type = LexicalSkip.blanks(bytes, from: behind + 2)
      let end = typeEnd(translator.text, from: type)
      return end > type ? literal.lowerBound..<end : nil
    }
    let start = Int(translator.tree.nodes[node].location)
    guard start >= 0, start < literal.lowerBound else { return nil }
    let word = NameScanner(translator.text, at: start)
    guard word.parts.count == 1, isWord("cast", translator.text, word.parts[0]) else { return nil }
    let end = NameScanner.afterParentheses(translator.text, from: word.end)
    return end > literal.upperBound ? start..<end : nil
  }

  /// `character varying` is the one type of two words that `keeps` lets pass.
  private static func typeEnd(_ text: [UInt8], from start: Int) -> Int {
    let name = NameScanner(text, at: start)
    guard name.parts.count == 1, isWord("character", text, name.parts[0]) || isWord("char", text, name.parts[0]) else {
      return name.end
    }
    let next = NameScanner(text, at: LexicalSkip.blanks(text.span, from: name.end))
    return next.parts.count == 1 && isWord("varying", text, next.parts[0]) ? next.end : name.end
  }

  private static func isWord(_ word: StaticString, _ text: [UInt8], _ range: Range<Int>) -> Bool {
    text[range].map { $0 | 0x20 }.elementsEqual(word.description.utf8)
  }
}
