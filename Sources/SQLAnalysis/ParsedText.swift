/// A query text with its syntax tree and what the passes say of it: the input of guardrails and of translation.
public struct ParsedText: Sendable {
  /// The text as the client sent it, UTF-8.
  public let text: [UInt8]
  public let analysis: StatementAnalysis
  let tree: SyntaxTree
  /// The statements' nodes, in the order of `analysis.statements`.
  let roots: [Int]
  let scopes: CommonTableScopes

  /// Bytes of memory that it takes, about: many times the text's, for the tree is kept.
  public var footprintBytes: Int { text.count + tree.footprintBytes }

  /// Parses and analyses a text that `TextGuard` let pass. The caller has the stack for it (`Parser.stackBytesPerByte`).
  static func parse(_ text: [UInt8]) throws(ParseFailure) -> ParsedText {
    let tree = try SyntaxScan.tree(try Parser.json(text))
    var roots: [Int] = []
    var statements: [StatementFacts] = []
    let scopes = CommonTableScopes(tree)
    if let list = tree.child(0, .stmts) {
      for raw in tree.children(list) {
        guard let root = tree.child(raw, .stmt) else { continue }
        roots.append(root)
        statements.append(try facts(of: raw, root: root, tree: tree, scopes: scopes, text: text))
      }
    }
    return ParsedText(text: text, analysis: StatementAnalysis(statements: statements), tree: tree, roots: roots, scopes: scopes)
  }

  private static func facts(
    of raw: Int, root: Int, tree: SyntaxTree, scopes: CommonTableScopes, text: [UInt8]
  ) throws(ParseFailure) -> StatementFacts {
    let start = min(max(tree.number(raw, .stmtLocation) ?? 0, 0), text.count)
    let length = tree.number(raw, .stmtLen) ?? 0
    let end = length > 0 ? min(start + length, text.count) : text.count
    let settings = SettingsPass.changes(tree, root)
    let relations = try RelationPass.references(tree, root, scopes: scopes, statementStart: start)
    var classes = ClassPass.classes(tree, root)
    classes.formUnion(WherePass.classes(tree, root))
    classes.formUnion(settings.classes)
    if relations.contains(where: SettingsPass.isSettingsTable) { classes.formUnion(SettingsPass.everySetting) }
    return StatementFacts(
      range: start..<end, tag: CommandTag.tag(tree, root), classes: classes, relations: relations,
      functions: FunctionPass.names(tree, root), mayChangeSearchPath: settings.mayChangeSearchPath || classes.contains(.setRole),
      endsTransaction: settings.endsTransaction)
  }
}
