/// Reads the parser's JSON into a `SyntaxTree`: one pass over the bytes, no recursion, no strings.
///
/// libpg_query writes a node as `{"SelectStmt":{...}}` where its type may vary and as `{...}` where the field implies it; types
/// begin with a capital letter, fields do not.
struct SyntaxScan {
  /// Nodes within nodes. PostgreSQL's own stack (`max_stack_depth`, 2 MB) bears about a third of it.
  static let nestingMax = 20_000

  private struct Open {
    var node: Int
    var isList: Bool
    /// `{"Type":{` has two braces to close.
    var isWrapped: Bool
  }

  private var position = 0
  private var nodes: [SyntaxNode] = []
  private var open: [Open] = []
  private let names = SyntaxNames.shared

  private init(capacity: Int) {
    nodes.reserveCapacity(capacity)
    open.reserveCapacity(64)
  }

  /// - Throws: `tooComplex` for a tree that is nested beyond `nestingMax`, and for output that is no tree.
  static func tree(_ json: [UInt8]) throws(ParseFailure) -> SyntaxTree {
    var scan = Self(capacity: json.count / 14 + 16)
    try scan.read(json.span)
    return SyntaxTree(nodes: scan.nodes, json: json)
  }

  private static let broken = ParseFailure(reason: .tooComplex, message: "the parser's output could not be read")

  private mutating func read(_ json: Span<UInt8>) throws(ParseFailure) {
    try value(json, field: .other)
    while let container = open.last {
      guard position < json.count else { throw Self.broken }
      let byte = json[position]
      switch byte {
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        position += container.isWrapped ? 2 : 1
        nodes[container.node].end = Int32(nodes.count)
        open.removeLast()
      case UInt8(ascii: ","): position += 1
      default:
        guard !container.isList else {
          try value(json, field: .element)
          continue
        }
        let field = try name(json).field
        if field == .location {
          position += 1
          nodes[container.node].location = try number(json)
        } else {
          position += 1
          if field == .relname, nodes[container.node].kind == .plain { nodes[container.node].kind = .rangeVar }
          try value(json, field: field)
        }
      }
    }
  }

  /// Reads a value, or opens the list or object that begins here.
  private mutating func value(_ json: Span<UInt8>, field: FieldName) throws(ParseFailure) {
    guard position < json.count, nodes.count < Int(Int32.max) else { throw Self.broken }
    var node = SyntaxNode(kind: .null, field: field, parent: Int32(open.last?.node ?? -1), end: Int32(nodes.count) + 1)
    switch json[position] {
    case UInt8(ascii: "{"):
      guard open.count < Self.nestingMax, position + 2 < json.count else { throw Self.tooNested }
      position += 1
      let isWrapped = json[position] == UInt8(ascii: "\"") && json[position + 1] < UInt8(ascii: "a")
      if isWrapped {
        node.kind = try name(json).kind
        position += 2  // :{
      } else {
        node.kind = Self.implied(by: field)
      }
      open.append(Open(node: nodes.count, isList: false, isWrapped: isWrapped))
    case UInt8(ascii: "["):
      guard open.count < Self.nestingMax else { throw Self.tooNested }
      position += 1
      node.kind = .list
      open.append(Open(node: nodes.count, isList: true, isWrapped: false))
    case UInt8(ascii: "\""):
      node.kind = .text
      position += 1
      let start = position
      var hasEscapes = false
      while position < json.count, json[position] != UInt8(ascii: "\"") {
        if json[position] == UInt8(ascii: "\\") {
          hasEscapes = true
          position += 1
        }
        position += 1
      }
      guard position < json.count, let value = Int32(exactly: start), let length = Int32(exactly: position - start) else {
        throw Self.broken
      }
      node.value = value
      node.length = hasEscapes ? -length : length
      position += 1
    case UInt8(ascii: "t"):
      node.kind = .yes
      position += 4
    case UInt8(ascii: "f"):
      node.kind = .no
      position += 5
    case UInt8(ascii: "n"): position += 4
    default:
      node.kind = .number
      node.value = try number(json)
    }
    nodes.append(node)
  }

  /// Reads `"name"` and leaves the position after the closing quote.
  private mutating func name(_ json: Span<UInt8>) throws(ParseFailure) -> SyntaxNames.Entry {
    var hash = SyntaxNames.hashStart
    position += 1
    while position < json.count, json[position] != UInt8(ascii: "\"") {
      hash = SyntaxNames.hash(hash, json[position])
      position += 1
    }
    position += 1
    guard position < json.count else { throw Self.broken }
    return names.entry(hash)
  }

  /// Reads an integer; what does not fit (no field that a pass asks for) becomes `Int32.max`.
  private mutating func number(_ json: Span<UInt8>) throws(ParseFailure) -> Int32 {
    let start = position
    var number: Int64 = 0
    if position < json.count, json[position] == UInt8(ascii: "-") { position += 1 }
    let isNegative = position > start
    while position < json.count, case let digit = json[position] &- UInt8(ascii: "0"), digit < 10 {
      number = min(number * 10 + Int64(digit), Int64(Int32.max))
      position += 1
    }
    guard position > start, position < json.count else { throw Self.broken }
    return Int32(isNegative ? -number : number)
  }

  private static let tooNested = ParseFailure(
    reason: .tooComplex, message: "the statement is nested or chained more than \(nestingMax) levels deep")

  /// The kind of an object that is written without it.
  private static func implied(by field: FieldName) -> NodeKind {
    switch field {
    case .larg, .rarg: .selectStmt
    case .withClause: .withClause
    case .alias: .alias
    case .typeName: .typeName
    case .intoClause, .into: .intoClause
    case .onConflictClause: .onConflictClause
    case .funccall: .funcCall
    case .setstmt: .variableSetStmt
    case .base: .createStmt
    default: .plain
    }
  }

  /// A JSON string's text. libpg_query escapes control bytes, quotes, backslashes, `<` and `>`, never more than one byte.
  static func unescaped(_ bytes: ArraySlice<UInt8>) -> String {
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count)
    var index = bytes.startIndex
    while index < bytes.endIndex {
      guard bytes[index] == UInt8(ascii: "\\"), index + 1 < bytes.endIndex else {
        text.append(bytes[index])
        index += 1
        continue
      }
      index += 2
      switch bytes[index - 1] {
      case UInt8(ascii: "b"): text.append(8)
      case UInt8(ascii: "f"): text.append(12)
      case UInt8(ascii: "n"): text.append(10)
      case UInt8(ascii: "r"): text.append(13)
      case UInt8(ascii: "t"): text.append(9)
      case UInt8(ascii: "u"):
        let digits = String(decoding: bytes[index..<min(index + 4, bytes.endIndex)], as: UTF8.self)
        text.append(UInt8(digits, radix: 16) ?? UInt8(ascii: "?"))
        index = min(index + 4, bytes.endIndex)
      case let byte: text.append(byte)
      }
    }
    return String(decoding: text, as: UTF8.self)
  }
}
