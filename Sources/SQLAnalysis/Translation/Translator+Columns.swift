/// Column references that name their table's schema, and system columns.
extension Translator {
  private static let systemColumns: Set<String> = ["ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"]

  mutating func qualifyColumns(_ root: Int) {
    for index in tree.subtree(root) where tree.nodes[index].kind == .columnRef {
      let fields = tree.list(index, .fields)
      let names = fields.compactMap { tree.text($0) }
      if let last = names.last, names.count == fields.count, Self.systemColumns.contains(last) {
        systemColumn(index, names)
      }
      if fields.count >= 3 { schemaQualified(index, names, hasStar: names.count < fields.count) }
    }
  }

  /// `public.users.email` and `public.users.*` name the table: in a query that reads the shadow instead, they name the shadow.
  private mutating func schemaQualified(_ index: Int, _ names: [String], hasStar: Bool) {
    let offset = Int(tree.nodes[index].location)
    let position = hasStar ? names.count - 2 : names.count - 3
    guard offset >= 0, position >= 0, map.mayName(names[position + 1]) else { return }
    guard let table = map.table(schema: names[position], name: names[position + 1]) else { return }
    guard let binding = binding(at: index, where: { $0.table == table && !$0.hasAlias }), !binding.staysOnBase else { return }
    let scanned = NameScanner(text, at: offset)
    guard scanned.parts.count == names.count, scanned.endsInStar == hasStar else { return }
    edit(scanned.parts[position], quotedName(map.tables[table].shadowSchema))
  }

  /// The innermost binding that a reference at `index` can mean.
  func binding(at index: Int, where matches: (Binding) -> Bool) -> Binding? {
    var level: Int? = levels[index] >= 0 ? Int(levels[index]) : nil
    while let current = level {
      if let found = bindings.first(where: { $0.level == current && matches($0) }) { return found }
      level = outer(current)
    }
    return nil
  }

  private mutating func systemColumn(_ index: Int, _ names: [String]) {
    let column = names[names.count - 1]
    let found: Binding?
    if names.count > 1 {
      found = binding(at: index) { $0.name == names[names.count - 2] }
    } else {
      let level = Int(levels[index])
      // Unqualified among several relations it may be another's; then PostgreSQL answers for the view.
      found = bindings.first { $0.level == level && tree.list(level, .fromClause) == [$0.node] }
    }
    guard let found, !found.isTarget else { return }
    let table = map.tables[found.table]
    guard !table.columns.contains(where: { $0.name == column }) else { return }
    refusals.append(
      TranslationRefusal(
        .systemColumn,
        message: "the system column \(column) of \"\(table.table)\" cannot be read, since the table has masked columns",
        next: table.primaryKey.isEmpty
          ? "leave it out" : "find rows by the primary key: \(table.primaryKey.joined(separator: ", "))",
        offset: max(Int(tree.nodes[index].location), 0)))
  }
}
