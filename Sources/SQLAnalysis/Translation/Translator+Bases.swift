/// Places where a view will not do, `ONLY` and `TABLESAMPLE`; and row locks, which go through a view by a privilege of their own.
extension Translator {
  /// Leaves such a place on the table when the statement names only free columns, which PostgreSQL lets it read there. Else rows are
  /// locked through the shadow, and the rest is refused.
  mutating func chooseBases(_ root: Int) {
    for position in bindings.indices where !bindings[position].isTarget {
      let feature = tableFeature(bindings[position])
      guard feature != nil || isLocked(bindings[position]) else { continue }
      let isFree = readsFreeColumnsOnly(root, bindings[position])
      bindings[position].staysOnBase = feature != nil || isFree
      guard !isFree, let feature else { continue }
      let table = map.tables[bindings[position].table]
      let free = table.columns.filter { !$0.isMasked }.map(\.name).joined(separator: ", ")
      refusals.append(
        TranslationRefusal(
          .notForViews, message: "\(feature) cannot be used where masked columns of \"\(table.table)\" are read",
          next: "leave it out, or name only columns that are not masked" + (free.isEmpty ? "" : ": \(free)"),
          offset: max(Int(tree.nodes[bindings[position].node].location), 0)))
    }
  }

  /// Whether policy lets rows be found by the column.
  func isLookedUp(_ column: String, of table: Int) -> Bool {
    map.tables[table].columns.contains { $0.name == column && $0.isLookedUp }
  }

  private func tableFeature(_ binding: Binding) -> String? {
    if !tree.isSet(binding.node, .inh) { return "ONLY" }
    return tree.nodes[Int(tree.nodes[binding.node].parent)].kind == .rangeTableSample ? "TABLESAMPLE" : nil
  }

  /// What a row lock asks for, should PostgreSQL refuse it.
  mutating func hintAboutRowLocks() {
    for binding in bindings where !binding.isTarget && isLocked(binding) {
      let table = map.tables[binding.table]
      hints.append(
        TranslationRefusal(
          .rowLock,
          message: "to lock rows of \"\(table.table)\" a scope must let the table be updated; views of the application lock none",
          next: "leave FOR UPDATE or FOR SHARE out, lock rows of the tables under a view, or ask for a scope with update",
          offset: max(Int(tree.nodes[binding.node].location), 0)))
    }
  }

  /// Whether a locking clause reaches the binding: its own query's, or that of a query whose FROM holds its query.
  private func isLocked(_ binding: Binding) -> Bool {
    var level = binding.level
    var name = binding.name
    while level >= 0 {
      for clause in tree.list(level, .lockingClause) {
        let names = tree.list(clause, .lockedRels).compactMap { tree.text($0, .relname) }
        if names.isEmpty || names.contains(name) { return true }
      }
      let around = Int(tree.nodes[level].parent)
      guard around >= 0, tree.nodes[around].kind == .rangeSubselect, let outer = outer(level) else { return false }
      name = tree.child(around, .alias).flatMap { tree.text($0, .aliasname) } ?? ""
      level = outer
    }
    return false
  }

  /// Whether no name in the statement can mean a masked column or the whole row of the table.
  private func readsFreeColumnsOnly(_ root: Int, _ binding: Binding) -> Bool {
    let masked = Set(map.tables[binding.table].columns.lazy.filter(\.isMasked).map(\.name))
    let lookedUp = lookups(level: binding.level).filter { $0.isText && isLookedUp($0.column, of: $0.table) }
      .map { tree.subtree($0.node) }
    for index in tree.subtree(root) where !lookedUp.contains(where: { $0.contains(index) }) {
      switch tree.nodes[index].kind {
      case .columnRef:
        let fields = tree.list(index, .fields)
        guard let last = fields.last else { return false }
        guard let name = tree.text(last) else {
          // A star: of everything, or of this table.
          if fields.count == 1 || tree.text(fields[fields.count - 2]) == binding.name { return false }
          continue
        }
        if masked.contains(name) || name == binding.name { return false }
      case .joinExpr:
        if tree.isSet(index, .isNatural) { return false }
        if let names = tree.names(index, .usingClause), !masked.isDisjoint(with: names) { return false }
      default: continue
      }
    }
    return true
  }
}
