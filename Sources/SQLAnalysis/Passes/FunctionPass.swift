/// The functions that a statement calls by name.
enum FunctionPass {
  /// Names as the parser folds them, parts joined by dots, in the order of the text, each call once.
  static func names(_ tree: SyntaxTree, _ root: Int) -> [String] {
    var calls: [(location: Int32, name: String)] = []
    for index in tree.subtree(root) where tree.nodes[index].kind == .funcCall {
      guard let name = name(tree, index) else { continue }
      calls.append((tree.nodes[index].location, name))
    }
    guard calls.count > 1 else { return calls.map(\.name) }
    calls.sort { $0.location < $1.location }
    var names: [String] = []
    for (position, call) in calls.enumerated() where position == 0 || calls[position - 1] != call { names.append(call.name) }
    return names
  }

  static func name(_ tree: SyntaxTree, _ call: Int) -> String? { tree.names(call, .funcname)?.joined(separator: ".") }

  /// The last part of the name, when the rest does not say that it is somebody else's function.
  static func builtinName(_ tree: SyntaxTree, _ call: Int) -> String? {
    guard let names = tree.names(call, .funcname), let last = names.last else { return nil }
    return names.count == 1 || names[names.count - 2] == "pg_catalog" ? last : nil
  }
}
