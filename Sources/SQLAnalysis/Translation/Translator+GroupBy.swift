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
      let level = binding.level
      guard !map.tables[binding.table].primaryKey.isEmpty, tree.nodes[level].kind == .selectStmt,
        let group = tree.child(level, .groupClause), let table = groupedTable(binding)
      else { continue }
      groupByKey(of: table, group)
    }
  }

  private mutating func groupByKey(of table: GroupedTable, _ group: Int) {
    let level = table.binding.level
    let grouped = items(level, group).compactMap { item in table.column(item.names).map { (name: $0, end: item.end) } }
    let primaryKey = map.tables[table.binding.table].primaryKey
    let key = table.columns.filter { primaryKey.contains($0.original.name) }
    guard Set(grouped.map(\.name)).isSuperset(of: key.map(\.name)), let anchor = grouped.last?.end else {
      hintAboutSets(group, table, key.map(\.name))
      return
    }
    // What a grouping set names is NULL in others: it would not be, were it in the list as well.
    let named = Set(grouped.map(\.name)).union(references(in: group).compactMap(table.column))
    let used = use(level, table)
    let missing = table.columns.filter { used.columns.contains($0.name) && !named.contains($0.name) }
    let closed = (used.wholeRow ? table.columns : missing).first { !$0.original.isGroupable }
    if key.contains(where: \.original.isMasked) {
      if used.wholeRow || !missing.isEmpty { hintAboutKey(table, "its key is masked, and rows may show the same") }
      return
    }
    if let closed { hintAboutKey(table, "\(closed.name) is of a type without equality, \(closed.original.type)") }
    if used.wholeRow, table.isInNamedJoin { hintAboutKey(table, "the row of the join \(table.name) has other columns too") }
    let alias = quotedName(table.name)
    var added = missing.filter(\.original.isGroupable).map { "\(alias).\(quotedName($0.name))" }
    if used.wholeRow, closed == nil, !table.isInNamedJoin { added.append("\(alias).*") }
    guard !added.isEmpty else { return }
    // Two tables grouped by their keys may share an anchor only if one item were a column of both.
    edit(anchor..<anchor, (edits[anchor]?.inserted ?? "") + added.map { ", " + $0 }.joined())
  }

  private mutating func hintAboutKey(_ table: GroupedTable, _ reason: String) {
    let binding = table.binding
    hints.append(
      TranslationRefusal(
        .groupByKey,
        message: "GROUP BY by the key of \"\(map.tables[binding.table].table)\" names every column that is selected: \(reason)",
        next: "add the selected columns to GROUP BY, or aggregate them, as in (array_agg(...))[1]",
        offset: max(Int(tree.nodes[binding.node].location), 0)))
  }

  private mutating func hintAboutSets(_ group: Int, _ table: GroupedTable, _ key: [String]) {
    guard tree.children(group).contains(where: { tree.nodes[$0].kind == .groupingSet }),
      Set(references(in: group).compactMap(table.column)).isSuperset(of: key)
    else { return }
    let binding = table.binding
    hints.append(
      TranslationRefusal(
        .groupingSets, message: "grouping sets over \"\(map.tables[binding.table].table)\" name every column that is selected",
        next: "add the selected columns to GROUP BY", offset: max(Int(tree.nodes[binding.node].location), 0)))
  }

  /// The columns that stand anywhere in the list.
  private func references(in group: Int) -> [[String]] {
    tree.subtree(group).compactMap { tree.nodes[$0].kind == .columnRef ? tree.names($0, .fields) : nil }
  }

  /// The items of GROUP BY that are columns, also by position, by the name of an output column, in parentheses, and in each of the
  /// grouping sets.
  private func items(_ level: Int, _ group: Int) -> [Item] {
    let targets = tree.list(level, .targetList)
    return tree.children(group).flatMap { item -> [Item] in
      let offset = Int(tree.nodes[item].location)
      guard offset >= 0 else { return [] }
      switch tree.nodes[item].kind {
      case .columnRef: return self.item(item, level, targets).map { [$0] } ?? []
      case .rowExpr:
        // `ROW(a, b)` is one value.
        guard text[offset] == UInt8(ascii: "(") else { return [] }
        return tree.list(item, .args).compactMap { self.item($0, level, targets) }
      case .groupingSet: return inEachSet(item, level, targets)
      case .aConst:
        guard let value = tree.child(item, .ival), let position = tree.number(value, .ival),
          let source = output(position, level, targets)
        else { return [] }
        var end = offset
        while end < text.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text[end]) { end += 1 }
        return [Item(names: source, end: end)]
      default: return []
      }
    }
  }

  private func item(_ item: Int, _ level: Int, _ targets: [Int]) -> Item? {
    let offset = Int(tree.nodes[item].location)
    guard offset >= 0, tree.nodes[item].kind == .columnRef, let names = tree.names(item, .fields) else { return nil }
    let end = NameScanner(text, at: offset).end
    guard names.count == 1, !isColumn(names[0], level),
      let target = targets.first(where: { tree.text($0, .name) == names[0] }), let source = source(target)
    else { return Item(names: names, end: end) }
    return Item(names: source, end: end)
  }

  /// What all sets of `GROUPING SETS (...)` have in common; the other forms have a set of nothing.
  private func inEachSet(_ item: Int, _ level: Int, _ targets: [Int]) -> [Item] {
    guard tree.hasText(item, .kind, "GROUPING_SET_SETS") else { return [] }
    let end = NameScanner.afterParentheses(
      text,
      from: NameScanner(text, at: LexicalSkip.blanks(text.span, from: NameScanner(text, at: Int(tree.nodes[item].location)).end))
        .end)
    let sets = tree.list(item, .content).map { set in
      (tree.nodes[set].kind == .rowExpr ? tree.list(set, .args) : [set]).compactMap { self.item($0, level, targets)?.names }
    }
    guard let first = sets.first else { return [] }
    return first.filter { names in sets.allSatisfy { $0.contains(names) } }.map { Item(names: $0, end: end) }
  }

  /// The column that the output column of this number, from 1, shows as it is.
  private func output(_ position: Int, _ level: Int, _ targets: [Int]) -> [String]? {
    var before = 0
    for target in targets {
      guard let value = tree.child(target, .val), tree.nodes[value].kind == .columnRef else {
        before += 1
        if before == position { return nil }
        continue
      }
      let fields = tree.list(value, .fields)
      if let last = fields.last, tree.nodes[last].kind == .aStar {
        guard let table = starred(fields, level) else { return nil }
        if position <= before + table.columns.count { return [table.name, table.columns[position - before - 1].name] }
        before += table.columns.count
      } else {
        before += 1
        if before == position { return tree.names(value, .fields) }
      }
      if before >= position { return nil }
    }
    return nil
  }

  /// The table whose columns a star of these names stands for; nil where others' may be among them.
  private func starred(_ fields: [Int], _ level: Int) -> GroupedTable? {
    let name = fields.count > 1 ? tree.text(fields[fields.count - 2]) : nil
    let found = bindings.first { binding in
      binding.level == level && (name.map { $0 == binding.name } ?? (tree.list(level, .fromClause) == [binding.node]))
    }
    return found.flatMap(groupedTable).flatMap { $0.isInNamedJoin ? nil : $0 }
  }

  /// The column that an output column shows as it is.
  private func source(_ target: Int) -> [String]? {
    guard let value = tree.child(target, .val), tree.nodes[value].kind == .columnRef else { return nil }
    return tree.names(value, .fields)
  }

  private func isColumn(_ name: String, _ level: Int) -> Bool {
    bindings.contains { $0.level == level && groupedTable($0)?.columns.contains { $0.name == name } == true }
  }

  /// Columns of the table that are named after grouping (outside FROM and WHERE), and whether its row is, as a value.
  private func use(_ level: Int, _ table: GroupedTable) -> (columns: Set<String>, wholeRow: Bool) {
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
        switch reads(index, level, table) {
        case .none: break
        case .column(let name): used.insert(name)
        case .allColumns: used.formUnion(table.columns.lazy.map(\.name))
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

  /// What a reference reads of the table. `(u).name`, `(u).*` and `name(u)` are columns to PostgreSQL, as `u.name` and `u.*` are.
  private func reads(_ index: Int, _ level: Int, _ table: GroupedTable) -> Read {
    let fields = tree.list(index, .fields)
    let reference = fields.compactMap { tree.text($0) }
    if reference.count < fields.count {
      if reference.isEmpty { return Int(levels[index]) == level ? .allColumns : .none }
      guard reference.last == table.name else { return .none }
      return expandsStar(index) ? .allColumns : .row
    }
    if let name = table.column(reference) { return .column(name) }
    guard reference == [table.name], !isColumn(table.name, level) else { return .none }
    let parent = Int(tree.nodes[index].parent)
    if let name = called(around: index), table.has(name) { return .column(name) }
    guard tree.nodes[parent].kind == .aIndirection, let first = tree.list(parent, .indirection).first else { return .row }
    guard let field = tree.text(first) else { return expandsStar(parent) ? .allColumns : .row }
    return table.has(field) ? .column(field) : .row
  }

  /// The name of the function whose only argument the node is.
  private func called(around index: Int) -> String? {
    let list = Int(tree.nodes[index].parent)
    let call = Int(tree.nodes[list].parent)
    guard tree.nodes[list].field == .args, call >= 0, tree.nodes[call].kind == .funcCall, tree.list(call, .args) == [index],
      let names = tree.names(call, .funcname), names.count == 1
    else { return nil }
    return names[0]
  }

  /// Whether a star stands for its columns: as an item of the target list or of a row. Elsewhere `u.*` is the row as a value.
  private func expandsStar(_ star: Int) -> Bool {
    let parent = Int(tree.nodes[star].parent)
    if tree.nodes[parent].kind == .resTarget { return true }
    return tree.nodes[parent].kind == .list && tree.nodes[Int(tree.nodes[parent].parent)].kind == .rowExpr
  }
}
