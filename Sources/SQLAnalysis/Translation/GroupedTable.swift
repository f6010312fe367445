/// A masked table in the FROM of a query, by the names that the clauses behind FROM know it by.
struct GroupedTable {
  var binding: Translator.Binding
  /// Its own name, or that of the outermost join around it that has one.
  var name: String
  var isInNamedJoin = false
  /// In the table's order.
  var columns: [(name: String, original: ShadowMap.Column)]
  /// `USING (...) AS name` of the joins around it.
  var merged: [(name: String, columns: Set<String>)] = []

  func has(_ name: String) -> Bool { columns.contains { $0.name == name } }

  /// The column that a reference of these names means; nil for another's.
  func column(_ reference: [String]) -> String? {
    guard let column = reference.last, has(column) else { return nil }
    guard reference.count > 1 else { return column }
    let qualifier = reference[reference.count - 2]
    return qualifier == name || merged.contains { $0.name == qualifier && $0.columns.contains(column) } ? column : nil
  }
}

extension Translator {
  /// Nil where it cannot be told which of its columns bears which name.
  func groupedTable(_ binding: Binding) -> GroupedTable? {
    let originals = map.tables[binding.table].columns
    guard let columns = renamed(originals.map { ($0.name, $0) }, by: tree.child(binding.node, .alias), countMax: originals.count)
    else { return nil }
    var table = GroupedTable(binding: binding, name: binding.name, columns: columns)
    var isFirst = true
    var node = binding.node
    while case let join = Int(tree.nodes[node].parent), tree.nodes[join].kind == .joinExpr {
      let using = Set(tree.names(join, .usingClause) ?? [])
      if tree.nodes[node].field == .rarg || tree.isSet(join, .isNatural) || !using.isEmpty { isFirst = false }
      if let name = tree.child(join, .joinUsingAlias).flatMap({ tree.text($0, .aliasname) }) {
        table.merged.append((name, using))
      }
      if let alias = tree.child(join, .alias), let name = tree.text(alias, .aliasname) {
        // The columns of a join are those of its left side, then those of its right one.
        guard let columns = renamed(table.columns, by: alias, countMax: .max), isFirst || tree.list(alias, .colnames).isEmpty
        else { return nil }
        (table.name, table.isInNamedJoin, table.columns, table.merged) = (name, true, columns, [])
      }
      node = join
    }
    return table
  }

  /// `users AS u (key, name)` renames the first two columns; nil where there are more names than columns.
  private func renamed(
    _ columns: [(name: String, original: ShadowMap.Column)], by alias: Int?, countMax: Int
  ) -> [(name: String, original: ShadowMap.Column)]? {
    let names = alias.flatMap { tree.names($0, .colnames) } ?? []
    guard names.count <= countMax else { return nil }
    return columns.enumerated().map { ($0 < names.count ? names[$0] : $1.name, $1.original) }
  }
}
