/// One value of the parser's output. Children follow their parent, so a subtree is a range of indices and no pass recurses.
struct SyntaxNode: Sendable {
  var kind: NodeKind
  /// The parent's field that holds this node.
  var field: FieldName
  var parent: Int32
  /// One past the last node of the subtree.
  var end: Int32
  /// UTF-8 byte offset in the query text; -1 where the parser gives none.
  var location: Int32 = -1
  /// A number's value, or the offset of a text's first byte in the parser's output.
  var value: Int32 = 0
  /// A text's length in the parser's output; negative when it holds escapes.
  var length: Int32 = 0
}

/// The syntax tree of a query text, flat and in preorder.
struct SyntaxTree: Sendable {
  var nodes: [SyntaxNode]
  /// The parser's output, which texts point into.
  let json: [UInt8]

  var footprintBytes: Int { nodes.capacity * MemoryLayout<SyntaxNode>.stride + json.capacity }

  /// The children of `parent`, in order.
  func children(_ parent: Int) -> Children { Children(tree: self, upcoming: parent + 1, end: Int(nodes[parent].end)) }

  struct Children: Sequence, IteratorProtocol {
    let tree: SyntaxTree
    var upcoming: Int
    let end: Int

    mutating func next() -> Int? {
      guard upcoming < end else { return nil }
      defer { upcoming = Int(tree.nodes[upcoming].end) }
      return upcoming
    }
  }

  /// The child of `parent` in `field`.
  func child(_ parent: Int, _ field: FieldName) -> Int? {
    var index = parent + 1
    let end = Int(nodes[parent].end)
    while index < end {
      if nodes[index].field == field { return index }
      index = Int(nodes[index].end)
    }
    return nil
  }

  /// The elements of the list in `field`, or none.
  func list(_ parent: Int, _ field: FieldName) -> [Int] {
    guard let list = child(parent, field) else { return [] }
    return Array(children(list))
  }

  func subtree(_ root: Int) -> Range<Int> { root..<Int(nodes[root].end) }

  func isSet(_ parent: Int, _ field: FieldName) -> Bool {
    guard let child = child(parent, field) else { return false }
    return nodes[child].kind == .yes
  }

  /// The text of the child in `field`.
  func text(_ parent: Int, _ field: FieldName) -> String? {
    guard let child = child(parent, field) else { return nil }
    return text(child)
  }

  /// The text of a text, or of a `String` node.
  func text(_ index: Int) -> String? {
    let node = nodes[index]
    switch node.kind {
    case .text:
      let start = Int(node.value)
      guard node.length < 0 else { return String(decoding: json[start..<(start + Int(node.length))], as: UTF8.self) }
      return SyntaxScan.unescaped(json[start..<(start - Int(node.length))])
    case .stringValue: return child(index, .sval).flatMap { text($0) } ?? ""
    default: return nil
    }
  }

  /// Whether the text of the child in `field` is `expected`; makes no string where it can.
  func hasText(_ parent: Int, _ field: FieldName, _ expected: StaticString) -> Bool {
    guard let child = child(parent, field), nodes[child].kind == .text, nodes[child].length >= 0 else { return false }
    let start = Int(nodes[child].value)
    return json[start..<(start + Int(nodes[child].length))].elementsEqual(expected.description.utf8)
  }

  /// The number of the child in `field`.
  func number(_ parent: Int, _ field: FieldName) -> Int? {
    guard let child = child(parent, field), nodes[child].kind == .number else { return nil }
    return Int(nodes[child].value)
  }

  /// The names of a list of `String` nodes; nil when one of them is something else (`*`, a subscript).
  func names(_ parent: Int, _ field: FieldName) -> [String]? {
    guard let list = child(parent, field) else { return nil }
    var names: [String] = []
    for element in children(list) {
      guard let name = text(element) else { return nil }
      names.append(name)
    }
    return names
  }
}
