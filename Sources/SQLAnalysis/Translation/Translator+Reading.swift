/// Which masked columns a statement reads through shadows, for the record: by their names, so rather one too many.
extension Translator {
  mutating func collectMaskedColumns(_ root: Int) {
    let shadows = bindings.filter { !$0.staysOnBase }
    guard !shadows.isEmpty else { return }
    for binding in shadows where binding.isRenamed(tree) { read(map.tables[binding.table].columns.map(\.name), binding) }
    for index in tree.subtree(root) {
      switch tree.nodes[index].kind {
      case .columnRef: reference(index, shadows)
      case .joinExpr:
        // Merged columns are read whatever the target list says.
        let isNatural = tree.isSet(index, .isNatural)
        let names = tree.names(index, .usingClause) ?? []
        for binding in shadows where tree.subtree(index).contains(binding.node) {
          read(isNatural ? map.tables[binding.table].columns.map(\.name) : names, binding)
        }
      default: continue
      }
    }
  }

  private mutating func reference(_ index: Int, _ shadows: [Binding]) {
    let fields = tree.list(index, .fields)
    let names = fields.compactMap { tree.text($0) }
    let isStar = names.count < fields.count
    let level = Int(levels[index])
    for binding in shadows {
      let all = map.tables[binding.table].columns.map(\.name)
      if isStar {
        if names.isEmpty ? binding.level == level : names.last == binding.name { read(all, binding) }
      } else if let name = names.last {
        if names.count == 1 || names[names.count - 2] == binding.name { read([name], binding) }
        // The whole row, or a field of it: `u`, `(u).email`.
        if name == binding.name { read(all, binding) }
      }
    }
  }

  private mutating func read(_ names: [String], _ binding: Binding) {
    for name in names where isMasked(name, in: binding.table) {
      maskedColumns.insert(Translation.MaskedColumn(table: binding.table, column: name))
    }
  }
}

extension Translator.Binding {
  /// `users AS u (a, b)`.
  func isRenamed(_ tree: SyntaxTree) -> Bool {
    tree.child(node, .alias).map { !tree.list($0, .colnames).isEmpty } ?? false
  }
}
