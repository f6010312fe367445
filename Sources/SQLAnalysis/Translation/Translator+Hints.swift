/// What to write instead, for masked columns that PostgreSQL will refuse because the statement works on the table itself.
extension Translator {
  mutating func hintAboutMaskedColumns(_ root: Int) {
    guard refusals.isEmpty, bindings.contains(where: \.staysOnBase) else { return }
    let replaced = edits.values.map { $0.offset..<($0.offset + $0.removed) }
    for index in tree.subtree(root) where tree.nodes[index].kind == .columnRef {
      guard let names = tree.names(index, .fields), let name = names.last else { continue }
      let offset = Int(tree.nodes[index].location)
      let found = binding(at: index) { binding in
        names.count == 1
          ? map.tables[binding.table].columns.contains { $0.name == name }
          : binding.name == names[names.count - 2] || binding.isTarget && row(of: binding, names.dropLast()) != nil
      }
      guard offset >= 0, let found, found.staysOnBase, isMasked(name, in: found.table),
        !replaced.contains(where: { $0.contains(offset) }), let next = advice(index, name, found)
      else { continue }
      hints.append(
        TranslationRefusal(
          .maskedColumn,
          message:
            "the masked column \(name) of \"\(map.tables[found.table].table)\" cannot be read where rows are written or locked",
          next: next, offset: offset))
    }
    for target in bindings where target.isTarget { hintAboutTargets(target) }
  }

  /// What to do about a reference, by the clause that it stands in.
  private func advice(_ reference: Int, _ name: String, _ binding: Binding) -> String? {
    let table = map.tables[binding.table]
    switch clause(of: reference, in: binding.level) {
    case .selectStmt: return nil
    case .returningList: return "return \(name) by itself or with *, which show it as NULL, or leave it out"
    case .targetList: return "assign a value, or what is computed from columns that are not masked"
    case .onConflictClause: return "ON CONFLICT DO NOTHING without a column, or one with columns that are not masked"
    default:
      let key = table.primaryKey.isEmpty ? table.columns.filter { !$0.isMasked }.map(\.name) : table.primaryKey
      let others = "by columns that are not masked" + (key.isEmpty ? "" : ": \(key.joined(separator: ", "))")
      return isLookedUp(name, of: binding.table)
        ? "find rows by \(name) = 'value' as a condition of its own, joined with AND, or \(others)" : "find rows \(others)"
    }
  }

  private func clause(of node: Int, in level: Int) -> FieldName {
    var node = node
    while node > 0, Int(tree.nodes[node].parent) != level { node = Int(tree.nodes[node].parent) }
    return tree.nodes[node].field
  }

  private mutating func hintAboutTargets(_ target: Binding) {
    let level = target.level
    var names = tree.list(level, tree.nodes[level].kind == .insertStmt ? .cols : .targetList).compactMap { tree.text($0, .name) }
    if tree.nodes[level].kind == .insertStmt, names.isEmpty, tree.child(level, .selectStmt) != nil {
      names = map.tables[target.table].columns.map(\.name)
    }
    for clause in tree.list(level, .mergeWhenClauses) {
      names += tree.list(clause, .targetList).compactMap { tree.text($0, .name) }
    }
    guard let name = names.first(where: { isMasked($0, in: target.table) }) else { return }
    hints.append(
      TranslationRefusal(
        .maskedTarget, message: "the masked column \(name) of \"\(map.tables[target.table].table)\" is written",
        next: "leave it out and name the other columns, or ask for a scope whose policy lets it be written",
        offset: max(Int(tree.nodes[target.node].location), 0)))
  }

  /// `COPY users FROM STDIN` fills every column.
  mutating func hintAboutCopyIn(_ statement: Int, _ index: Int, _ offset: Int) {
    let table = map.tables[index]
    let named = tree.names(statement, .attlist) ?? table.columns.map(\.name)
    guard let masked = named.first(where: { isMasked($0, in: index) }) else { return }
    let free = table.columns.filter { !$0.isMasked && !$0.isGenerated }.map(\.name).joined(separator: ", ")
    hints.append(
      TranslationRefusal(
        .maskedTarget, message: "the masked column \(masked) of \"\(table.table)\" is written",
        next: "name the columns that are not masked: COPY \(table.table) (\(free)) FROM ...", offset: offset))
  }
}
