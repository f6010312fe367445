/// `GROUP BY key` with other columns of the table selected. For a table PostgreSQL knows that the key determines them; for a view it
/// does not, so they join the list. The groups stay the same, as long as the key shows itself: rows that a mask makes alike are no key.
extension Translator {
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
      guard !table.primaryKey.isEmpty, tree.nodes[level].kind == .selectStmt, let group = tree.child(level, .groupClause),
        let columns = columns(of: binding)
      else { continue }
      let names = Set(columns.map(\.name))
      let grouped = items(level, group).compactMap { item in
        column(item.names, of: binding, names).map { (name: $0, end: item.end) }
      }
      let key = columns.filter { table.primaryKey.contains($0.original.name) }
      let named = Set(grouped.map(\.name))
      guard named.isSuperset(of: key.map(\.name)), let anchor = grouped.last?.end else {
        hintAboutSets(group, binding, key.map(\.name), names)
        continue
      }
      let used = use(level, binding, names)
      let missing = columns.filter { used.columns.contains($0.name) && !named.contains($0.name) }
      let closed = (used.wholeRow ? columns : missing).first { !$0.original.isGroupable }
      if key.contains(where: \.original.isMasked) {
        if used.wholeRow || !missing.isEmpty { hintAboutKey(binding, "its key is masked, and rows may show the same") }
        continue
      }
      if let closed { hintAboutKey(binding, "\(closed.name) is of a type without equality, \(closed.original.type)") }
      let alias = quotedName(binding.name)
      var added = missing.filter(\.original.isGroupable).map { "\(alias).\(quotedName($0.name))" }
      if used.wholeRow, closed == nil { added.append("\(alias).*") }
      guard !added.isEmpty else { continue }
      // Two tables grouped by their keys may share an anchor only if one item were a column of both.
      edit(anchor..<anchor, (edits[anchor]?.inserted ?? "") + added.map { ", " + $0 }.joined())
    }
  }

  /// The binding's columns by the names that they have in the statement (`users AS u (key, name)` renames the first); nil where
  /// there are more names than columns.
  private func columns(of binding: Binding) -> [(name: String, original: ShadowMap.Column)]? {
    let originals = map.tables[binding.table].columns
    let renamed = tree.child(binding.node, .alias).flatMap { tree.names($0, .colnames) } ?? []
    guard renamed.count <= originals.count else { return nil }
    return originals.enumerated().map { ($0 < renamed.count ? renamed[$0] : $1.name, $1) }
  }

  private mutating func hintAboutKey(_ binding: Binding, _ reason: String) {
    hints.append(
      TranslationRefusal(
        .groupByKey,
        message: "GROUP BY by the key of \"\(map.tables[binding.table].table)\" names every column that is selected: \(reason)",
        next: "add the selected columns to GROUP BY, or aggregate them, as in (array_agg(...))[1]",
        offset: max(Int(tree.nodes[binding.node].location), 0)))
  }

  private mutating func hintAboutSets(_ group: Int, _ binding: Binding, _ key: [String], _ names: Set<String>) {
    guard tree.children(group).contains(where: { tree.nodes[$0].kind == .groupingSet }) else { return }
    let named = tree.subtree(group).filter { tree.nodes[$0].kind == .columnRef }
      .compactMap { tree.names($0, .fields).flatMap { column($0, of: binding, names) } }
    guard Set(named).isSuperset(of: key) else { return }
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
    bindings.contains { $0.level == level && columns(of: $0)?.contains { $0.name == name } == true }
  }

  /// The binding's column that a reference of these names means; nil for another's.
  private func column(_ reference: [String], of binding: Binding, _ names: Set<String>) -> String? {
    guard let name = reference.last, names.contains(name) else { return nil }
    return reference.count == 1 || reference[reference.count - 2] == binding.name ? name : nil
  }

  /// Columns of the binding that are named after grouping (outside FROM and WHERE), and whether its row is, as a value.
  private func use(_ level: Int, _ binding: Binding, _ names: Set<String>) -> (columns: Set<String>, wholeRow: Bool) {
    var used: Set<String> = []
    var wholeRow = false
    var index = level + 1
    let end = Int(tree.nodes[level].end)
    while index < end {
      let node = tree.nodes[index]
      if Int(node.parent) == level, [.fromClause, .whereClause, .groupClause, .withClause].contains(node.field) {
        index = Int(node.end)
        continue
      }
      if node.kind == .columnRef {
        switch reads(index, level, binding, names) {
        case .none: break
        case .column(let name): used.insert(name)
        case .allColumns: used.formUnion(names)
        case .row: wholeRow = true
        }
      }
      index += 1
    }
    return (used, wholeRow)
  }

  private enum Read {
    case none
    case column(String)
    case allColumns
    case row
  }

  /// What a reference reads of the binding. `(u).name` and `(u).*` are columns to PostgreSQL, as `u.name` and `u.*` are.
  private func reads(_ index: Int, _ level: Int, _ binding: Binding, _ names: Set<String>) -> Read {
    let fields = tree.list(index, .fields)
    let reference = fields.compactMap { tree.text($0) }
    if reference.count < fields.count {
      if reference.isEmpty { return Int(levels[index]) == level ? .allColumns : .none }
      guard reference.last == binding.name else { return .none }
      return expandsStar(index) ? .allColumns : .row
    }
    if let name = column(reference, of: binding, names) { return .column(name) }
    guard reference == [binding.name], !isColumn(binding.name, level) else { return .none }
    let parent = Int(tree.nodes[index].parent)
    guard tree.nodes[parent].kind == .aIndirection, let first = tree.list(parent, .indirection).first else { return .row }
    guard let field = tree.text(first) else { return expandsStar(parent) ? .allColumns : .row }
    return names.contains(field) ? .column(field) : .row
  }

  /// Whether a star stands for its columns: as an item of the target list or of a row. Elsewhere `u.*` is the row as a value.
  private func expandsStar(_ star: Int) -> Bool {
    let parent = Int(tree.nodes[star].parent)
    if tree.nodes[parent].kind == .resTarget { return true }
    return tree.nodes[parent].kind == .list && tree.nodes[Int(tree.nodes[parent].parent)].kind == .rowExpr
  }
}
