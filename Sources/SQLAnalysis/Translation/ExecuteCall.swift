/// An `EXECUTE` of a statement that SQL prepared.
public struct ExecuteCall: Sendable, Equatable {
  public enum Argument: Sendable, Equatable {
    /// A literal, as PostgreSQL reads it, also under casts.
    case constant(String)
    case null
    case other
  }
  /// The prepared statement's.
  public var name: String
  public var arguments: [Argument]

  init?(_ tree: SyntaxTree, _ node: Int) {
    guard tree.nodes[node].kind == .executeStmt, let name = tree.text(node, .name) else { return nil }
    self.name = name
    arguments = tree.list(node, .params).map { Self.argument(tree, $0) }
  }

  private static func argument(_ tree: SyntaxTree, _ node: Int) -> Argument {
    var bare = node
    while tree.nodes[bare].kind == .typeCast, let argument = tree.child(bare, .arg) { bare = argument }
    if tree.nodes[bare].kind == .aConst, tree.isSet(bare, .isnull) { return .null }
    return SettingsPass.constant(tree, node).map(Argument.constant) ?? .other
  }
}

extension ParsedText {
  /// The text's runs of statements that SQL prepared, in order.
  public var executeCalls: [ExecuteCall] { tree.nodes.indices.compactMap { ExecuteCall(tree, $0) } }
}

extension Translator {
  /// Puts the proxy's own arguments behind the client's.
  mutating func addHiddenArguments(_ root: Int, in range: Range<Int>, _ source: inout some LookupSource) {
    for index in tree.subtree(root) {
      guard let call = ExecuteCall(tree, index), !call.arguments.isEmpty, let end = argumentsEnd(call.name, in: range),
        let hidden = source.hiddenArguments(of: call), !hidden.isEmpty
      else { continue }
      edit(end..<end, hidden.map { ", " + $0 }.joined())
    }
  }

  /// The offset of the parenthesis that closes the arguments: the parser gives EXECUTE no place, so it is looked for by its words.
  private func argumentsEnd(_ name: String, in range: Range<Int>) -> Int? {
    let bytes = text.span
    var position = range.lowerBound
    while position < range.upperBound {
      position = LexicalSkip.blanks(bytes, from: position)
      if let end = LexicalSkip.quotedOrComment(bytes, from: position) {
        position = end
        continue
      }
      let word = NameScanner(text, at: position)
      guard word.end > position else {
        position += 1
        continue
      }
      position = word.end
      guard word.parts.count == 1, text[word.parts[0]].map({ $0 | 0x20 }).elementsEqual("execute".utf8) else { continue }
      let called = NameScanner(text, at: LexicalSkip.blanks(bytes, from: word.end))
      guard called.parts.count == 1, Self.reads(text[called.parts[0]], as: name) else { continue }
      let end = NameScanner.afterParentheses(text, from: called.end)
      if end > called.end { return end - 1 }
    }
    return nil
  }

  private static func reads(_ written: ArraySlice<UInt8>, as name: String) -> Bool {
    let text = String(decoding: written, as: UTF8.self)
    return text.hasPrefix("\"")
      ? text.dropFirst().dropLast().replacing("\"\"", with: "\"") == name : text.lowercased() == name.lowercased()
  }
}
