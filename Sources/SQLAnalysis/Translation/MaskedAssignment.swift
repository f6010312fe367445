/// A value that a statement writes into a masked column.
public struct MaskedAssignment: Sendable, Equatable {
  public enum Value: Sendable, Equatable {
    /// A literal, as PostgreSQL reads it.
    case constant(String)
    /// `$n`, counted from 1.
    case parameter(Int)
    /// What a shadow shows of this masked column.
    case masked(column: String)
  }

  /// Index into `ShadowMap.tables`.
  public var table: Int
  public var column: String
  public var value: Value
  /// UTF-8 byte offset of the value in the original text.
  public var offset: Int
  /// The `PREPARE` around it: a parameter gets its value from an `EXECUTE` later.
  public var preparation: Preparation?
}

extension Translator {
  /// Finds what INSERT, UPDATE and MERGE write into masked columns: constants and parameters anywhere in the value's expression, and
  /// masked columns that it reads through a shadow.
  mutating func collectAssignments() {
    for target in bindings where target.isTarget {
      let level = target.level
      switch tree.nodes[level].kind {
      case .insertStmt:
        if let query = tree.child(level, .selectStmt) { inserted(query, columns(named: tree.list(level, .cols), target), target) }
        if let conflict = tree.child(level, .onConflictClause) { updated(tree.list(conflict, .targetList), target) }
      case .updateStmt: updated(tree.list(level, .targetList), target)
      case .mergeStmt:
        for clause in tree.list(level, .mergeWhenClauses) {
          let targets = tree.list(clause, .targetList)
          if tree.hasText(clause, .commandType, "CMD_INSERT") {
            for (name, value) in zip(columns(named: targets, target), tree.list(clause, .values)) {
              assigned(value, name, target)
            }
          } else {
            updated(targets, target)
          }
        }
      default: continue
      }
    }
  }

  /// The columns that an INSERT fills, in order.
  private func columns(named targets: [Int], _ target: Binding) -> [String] {
    targets.isEmpty ? map.tables[target.table].columns.map(\.name) : targets.compactMap { tree.text($0, .name) }
  }

  private mutating func inserted(_ query: Int, _ columns: [String], _ target: Binding) {
    var waiting = [query]
    while let query = waiting.popLast() {
      let sides = [tree.child(query, .larg), tree.child(query, .rarg)].compactMap { $0 }
      if !sides.isEmpty {
        waiting += sides
        continue
      }
      for row in tree.list(query, .valuesLists) {
        let values = tree.nodes[row].kind == .listValue ? tree.list(row, .items) : Array(tree.children(row))
        for (name, value) in zip(columns, values) { assigned(value, name, target) }
      }
      for (item, name) in zip(tree.list(query, .targetList), columns) {
        guard let value = tree.child(item, .val) else { continue }
        if isStar(value) {
          insertedStar(value, query, columns, target)
          break
        }
        assigned(value, name, target)
      }
    }
  }

  private func isStar(_ value: Int) -> Bool {
    tree.nodes[value].kind == .columnRef && tree.list(value, .fields).last.map { tree.nodes[$0].kind == .aStar } == true
  }

  /// `INSERT INTO users SELECT * FROM users`: every masked column of the shadow goes somewhere.
  private mutating func insertedStar(_ star: Int, _ query: Int, _ columns: [String], _ target: Binding) {
    for source in bindings where source.level == query && !source.staysOnBase {
      for name in columns where isMasked(name, in: target.table) && isMasked(name, in: source.table) {
        append(.masked(column: name), name, star, target)
      }
    }
  }

  private mutating func updated(_ targets: [Int], _ target: Binding) {
    for item in targets {
      guard let name = tree.text(item, .name), let value = tree.child(item, .val) else { continue }
      guard tree.nodes[value].kind == .multiAssignRef else {
        assigned(value, name, target)
        continue
      }
      // SET (a, b) = (x, y): the parser repeats the source for each column.
      guard let source = tree.child(value, .source), let number = tree.number(value, .colno) else { continue }
      let parts: [Int] =
        switch tree.nodes[source].kind {
        case .rowExpr: tree.list(source, .args)
        case .subLink:
          tree.child(source, .subselect).map { tree.list($0, .targetList).compactMap { tree.child($0, .val) } } ?? []
        default: []
        }
      if parts.indices.contains(number - 1) { assigned(parts[number - 1], name, target) }
    }
  }

  private mutating func assigned(_ value: Int, _ name: String, _ target: Binding) {
    guard isMasked(name, in: target.table) else { return }
    var index = value
    let end = Int(tree.nodes[value].end)
    while index < end {
      let node = tree.nodes[index]
      // What a subquery asks for is no value.
      if [.fromClause, .whereClause, .typeName, .groupClause, .havingClause, .sortClause].contains(node.field) {
        index = Int(node.end)
        continue
      }
      switch node.kind {
      case .aConst:
        if tree.child(index, .sval) != nil { append(.constant(SettingsPass.constant(tree, index) ?? ""), name, index, target) }
      case .paramRef: if let number = tree.number(index, .number) { append(.parameter(number), name, index, target) }
      case .columnRef: if let column = maskedSource(index) { append(.masked(column: column), name, index, target) }
      default: break
      }
      index += 1
    }
  }

  /// The masked column that a reference reads through a shadow.
  private func maskedSource(_ reference: Int) -> String? {
    guard let names = tree.names(reference, .fields), let name = names.last else { return nil }
    let source = binding(at: reference) { binding in
      names.count == 1
        ? map.tables[binding.table].columns.contains { $0.name == name } : binding.name == names[names.count - 2]
    }
    guard let source, !source.staysOnBase, isMasked(name, in: source.table) else { return nil }
    return name
  }

  func isMasked(_ column: String, in table: Int) -> Bool {
    map.tables[table].columns.contains { $0.name == column && $0.isMasked }
  }

  private mutating func append(_ value: MaskedAssignment.Value, _ column: String, _ node: Int, _ target: Binding) {
    let assignment = MaskedAssignment(
      table: target.table, column: column, value: value, offset: max(Int(tree.nodes[node].location), 0),
      preparation: preparation(around: node))
    if assignments.last != assignment { assignments.append(assignment) }
  }
}
