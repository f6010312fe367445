/// `GROUP BY key` with other columns of the table selected. For a table PostgreSQL knows that the key determines them; for a view it
/// does not, so they join the list. The groups stay the same.
extension Translator {
  /// Types that cannot be grouped by.
  private static let ungroupable: Set<String> = [
    "json", "xml", "point", "line", "lseg", "box", "path", "polygon", "circle", "txid_snapshot", "pg_snapshot",
  ]

  /// An item of GROUP BY that is a column, and where its text ends.
  private struct Item {
    var names: [String]
    var end: Int
  }

  mutating func groupByKey(_ root: Int) {
    var places: Set<Int32> = []
    for binding in bindings where !binding.staysOnBase {
      // The parser repeats the source of a multi-column SET.
      guard places.insert(tree.nodes[binding.node].location).inserted else { continue }
      let table = map.tables[binding.table]
      let level = binding.level
      guard !table.primaryKey.isEmpty, tree.nodes[level].kind == .selectStmt, let group = tree.child(level, .groupClause) else {
        continue
      }
      let grouped = items(level, group).compactMap { item in column(item.names, of: binding).map { (name: $0, end: item.end) } }
      let names = Set(grouped.map(\.name))
      guard names.isSuperset(of: table.primaryKey), let anchor = grouped.last?.end else {
        hintAboutSets(group, binding)
        continue
      }
      let used = usedColumns(level, binding)
      let added = table.columns.filter {
        used.contains($0.name) && !names.contains($0.name) && !Self.ungroupable.contains($0.type)
      }
      guard !added.isEmpty else { continue }
      let list = added.map { ", \(quotedName(binding.name)).\(quotedName($0.name))" }.joined()
      // Two tables grouped by their keys may share an anchor only if one item were a column of both.
      edit(anchor..<anchor, (edits[anchor]?.inserted ?? "") + list)
    }
  }

  private mutating func hintAboutSets(_ group: Int, _ binding: Binding) {
    guard tree.children(group).contains(where: { tree.nodes[$0].kind == .groupingSet }) else { return }
    let named = tree.subtree(group).filter { tree.nodes[$0].kind == .columnRef }
      .compactMap { tree.names($0, .fields).flatMap { column($0, of: binding) } }
    guard Set(named).isSuperset(of: map.tables[binding.table].primaryKey) else { return }
    hints.append(
      TranslationRefusal(
        .groupingSets, message: "grouping sets over \"\(map.tables[binding.table].table)\" name every column that is selected",
        next: "add the selected columns to GROUP BY", offset: max(Int(tree.nodes[binding.node].location), 0)))
  }

  /// The items of GROUP BY that are columns, also by position and by the name of an output column.
  private func items(_ level: Int, _ group: Int) -> [Item] {
    let targets = tree.list(level, .targetList)
    return tree.children(group).compactMap { item in
      let offset = Int(tree.nodes[item].location)
      guard offset >= 0 else { return nil }
      switch tree.nodes[item].kind {
      case .columnRef:
        guard let names = tree.names(item, .fields) else { return nil }
        let end = NameScanner(text, at: offset).end
        guard names.count == 1, !isColumn(names[0], level),
          let target = targets.first(where: { tree.text($0, .name) == names[0] }), let source = source(target)
        else { return Item(names: names, end: end) }
        return Item(names: source, end: end)
      case .aConst:
        guard let value = tree.child(item, .ival), let position = tree.number(value, .ival),
          targets.indices.contains(position - 1),
          let source = source(targets[position - 1])
        else { return nil }
        var end = offset
        while end < text.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text[end]) { end += 1 }
        return Item(names: source, end: end)
      default: return nil
      }
    }
  }

  /// The column that an output column shows as it is.
  private func source(_ target: Int) -> [String]? {
    guard let value = tree.child(target, .val), tree.nodes[value].kind == .columnRef else { return nil }
    return tree.names(value, .fields)
  }

  private func isColumn(_ name: String, _ level: Int) -> Bool {
    bindings.contains { $0.level == level && map.tables[$0.table].columns.contains { $0.name == name } }
  }

  /// The binding's column that a reference of these names means; nil for another's.
  private func column(_ names: [String], of binding: Binding) -> String? {
    guard let name = names.last, map.tables[binding.table].columns.contains(where: { $0.name == name }) else { return nil }
    return names.count == 1 || names[names.count - 2] == binding.name ? name : nil
  }

  /// Columns of the binding that are named after grouping: outside FROM and WHERE.
  private func usedColumns(_ level: Int, _ binding: Binding) -> Set<String> {
    var used: Set<String> = []
    var index = level + 1
    let end = Int(tree.nodes[level].end)
    while index < end {
      let node = tree.nodes[index]
      if Int(node.parent) == level, [.fromClause, .whereClause, .groupClause, .withClause].contains(node.field) {
        index = Int(node.end)
        continue
      }
      if node.kind == .columnRef {
        let fields = tree.list(index, .fields)
        let names = fields.compactMap { tree.text($0) }
        if names.count == fields.count {
          if let name = column(names, of: binding) { used.insert(name) }
        } else if names.isEmpty || names.last == binding.name {
          used.formUnion(map.tables[binding.table].columns.map(\.name))
        }
      }
      index += 1
    }
    return used
  }
}
