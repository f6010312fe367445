/// Statements that write: what they keep of masked columns outside of those, and what they answer.
extension OriginPass {
  mutating func insert(_ node: Int, _ scope: Scope, depth: Int) -> [Scope.Column] {
    guard let relation = tree.child(node, .relation) else { return [] }
    let target = self.relation(relation, Scope(levels: [], expressions: [:]))
    if let select = tree.child(node, .selectStmt) {
      let columns = query(select, scope, depth: depth + 1)
      let named = tree.list(node, .cols).compactMap { tree.text($0, .name) }
      for (index, column) in columns.enumerated() {
        guard let source = column.source else { continue }
        let name =
          named.isEmpty
          ? target.columns.indices.contains(index) ? target.columns[index].name : nil
          : named.indices.contains(index) ? named[index] : nil
        if source != self.source(of: name, target) { note(.stored, source.name, select) }
      }
    }
    let inner = scope.inner([target, Scope.Item(name: "excluded", columns: [], isKnown: false)])
    if let conflict = tree.child(node, .onConflictClause) { assignments(tree.list(conflict, .targetList), target, inner, depth) }
    return returning(node, target, [], scope, depth: depth)
  }

  /// UPDATE and DELETE.
  mutating func change(_ node: Int, _ scope: Scope, depth: Int) -> [Scope.Column] {
    guard let relation = tree.child(node, .relation) else { return [] }
    let target = self.relation(relation, Scope(levels: [], expressions: [:]))
    var others: [Scope.Item] = []
    for element in tree.list(node, .fromClause) + tree.list(node, .usingClause) {
      others += from(element, scope, beside: [target] + others, depth: depth)
    }
    if tree.nodes[node].kind == .updateStmt {
      assignments(tree.list(node, .targetList), target, scope.inner([target] + others), depth)
    }
    return returning(node, target, others, scope, depth: depth)
  }

  mutating func merge(_ node: Int, _ scope: Scope, depth: Int) -> [Scope.Column] {
    guard let relation = tree.child(node, .relation) else { return [] }
    let target = self.relation(relation, Scope(levels: [], expressions: [:]))
    let source = tree.child(node, .sourceRelation).map { from($0, scope, beside: [], depth: depth) } ?? []
    let inner = scope.inner([target] + source)
    for clause in tree.list(node, .mergeWhenClauses) {
      let targets = tree.list(clause, .targetList)
      if tree.hasText(clause, .commandType, "CMD_INSERT") {
        let named = targets.compactMap { tree.text($0, .name) }
        for (index, value) in tree.list(clause, .values).enumerated() {
          let names: [String?] = named.isEmpty ? target.columns.map(\.name) : named
          assigned(value, names.indices.contains(index) ? names[index] : nil, target, inner, depth)
        }
      } else {
        assignments(targets, target, inner, depth)
      }
    }
    return returning(node, target, source, scope, depth: depth)
  }

  mutating func copy(_ node: Int) {
    if tree.isSet(node, .isFrom) { return }
    if let query = tree.child(node, .query) {
      noteSources(self.query(query, Scope(levels: [], expressions: [:]), depth: 0), .copy, query)
    } else if let relation = tree.child(node, .relation) {
      let named = tree.names(node, .attlist)
      let columns = self.relation(relation, Scope(levels: [], expressions: [:])).columns
      noteSources(columns.filter { column in named.map { $0.contains(column.name ?? "") } ?? true }, .copy, relation)
    }
  }

  private mutating func assignments(_ targets: [Int], _ target: Scope.Item, _ scope: Scope, _ depth: Int) {
    for item in targets {
      guard let value = tree.child(item, .val) else { continue }
      assigned(value, tree.text(item, .name), target, scope, depth)
    }
  }

  /// A value that goes into a column. Only a masked column by itself may go where it came from: even a part of it, written into the very
  /// same column, would show other letters through the mask.
  private mutating func assigned(_ value: Int, _ name: String?, _ target: Scope.Item, _ scope: Scope, _ depth: Int) {
    if let source = source(of: name, target), tree.nodes[value].kind == .columnRef,
      scope.meaning(names(of: value)) == .column(source)
    {
      return
    }
    let before = lost.count
    expression(value, scope, depth: depth)
    for index in before..<lost.count { lost[index].form = .stored }
  }

  private func source(of column: String?, _ target: Scope.Item) -> Scope.Source? {
    column.flatMap { name in target.columns.first { $0.name == name }?.source }
  }

  private mutating func returning(
    _ node: Int, _ target: Scope.Item, _ others: [Scope.Item], _ scope: Scope, depth: Int
  ) -> [Scope.Column] {
    // 18 calls the row before and after by these names.
    let versions = ["old", "new"].map { name in
      var item = target
      item.name = name
      return item
    }
    let targets = tree.list(node, .returningList)
    // `*` does not mean those two.
    let hasStarAlone = targets.contains { target in
      tree.child(target, .val).map { tree.nodes[$0].kind == .columnRef && isStar($0) && names(of: $0).isEmpty } ?? false
    }
    return outputs(targets, scope.inner([target] + others + (hasStarAlone ? [] : versions)), depth: depth)
  }
}
