/// Follows the columns of masked tables through the outputs of a statement and of its subqueries, and notes where one would go on without
/// its origin: `markTargetListOrigin` (src/backend/parser/parse_target.c) gives up there, and RowDescription says table 0.
///
/// Conditions are let pass. What cannot be told is taken as masked.
struct OriginPass {
  typealias Scope = OriginScope

  let tree: SyntaxTree
  let map: ShadowMap
  var lost: [LostOrigin] = []

  /// Levels of subqueries, joins and set operations, which this pass follows by recursion.
  static let depthMax = 100

  init(tree: SyntaxTree, map: ShadowMap) {
    self.tree = tree
    self.map = map
  }

  /// A statement as the client sends it.
  mutating func top(_ root: Int) {
    switch tree.nodes[root].kind {
    case .selectStmt:
      let columns = query(root, Scope(levels: [], expressions: [:]), depth: 0)
      if tree.child(root, .intoClause) != nil { noteSources(columns, .stored, root) }
    case .insertStmt, .updateStmt, .deleteStmt, .mergeStmt: _ = query(root, Scope(levels: [], expressions: [:]), depth: 0)
    case .prepareStmt, .declareCursorStmt: if let query = tree.child(root, .query) { top(query) }
    case .createTableAsStmt, .viewStmt:
      guard let query = tree.child(root, .query) else { return }
      if tree.nodes[query].kind == .executeStmt {
        note(.stored, "", query)
      } else {
        noteSources(self.query(query, Scope(levels: [], expressions: [:]), depth: 0), .stored, query)
      }
    case .copyStmt: copy(root)
    default: return
    }
  }

  // MARK: Notes

  mutating func note(_ form: LostOrigin.Form, _ column: String, _ node: Int) {
    var (node, location) = (node, tree.nodes[node].location)
    while location < 0, tree.nodes[node].parent > 0 {
      node = Int(tree.nodes[node].parent)
      location = tree.nodes[node].location
    }
    let found = LostOrigin(form: form, column: column, offset: max(0, Int(location)))
    if !lost.contains(found) { lost.append(found) }
  }

  mutating func noteSources(_ columns: [Scope.Column], _ form: LostOrigin.Form, _ node: Int) {
    for column in columns { if let source = column.source { note(form, source.name, node) } }
  }

  // MARK: Queries

  /// The columns that a SELECT, or the RETURNING of another statement, gives.
  mutating func query(_ node: Int, _ outer: Scope, depth: Int) -> [Scope.Column] {
    guard depth < Self.depthMax else {
      note(.tooDeep, "", node)
      return []
    }
    var scope = outer
    if let with = tree.child(node, .withClause) { expressions(with, &scope, depth: depth) }
    switch tree.nodes[node].kind {
    case .selectStmt: return select(node, scope, depth: depth)
    case .insertStmt: return insert(node, scope, depth: depth)
    case .updateStmt, .deleteStmt: return change(node, scope, depth: depth)
    case .mergeStmt: return merge(node, scope, depth: depth)
    default: return []
    }
  }

  private mutating func expressions(_ with: Int, _ scope: inout Scope, depth: Int) {
    let list = tree.list(with, .ctes)
    let isRecursive = tree.isSet(with, .recursive)
    var later = Set(isRecursive ? list.compactMap { tree.text($0, .ctename) } : [])
    for element in list {
      guard let name = tree.text(element, .ctename), let body = tree.child(element, .ctequery) else { continue }
      later.remove(name)
      // What it would give is not known yet.
      if !later.isEmpty,
        tree.subtree(body).contains(where: { tree.nodes[$0].kind == .rangeVar && later.contains(tree.text($0, .relname) ?? "") })
      {
        note(.tooDeep, "", element)
      }
      // Of itself it sees what its first part gives, which has no sources: a UNION of masked columns is refused.
      if isRecursive { scope.expressions[name] = [] }
      let columns = query(body, scope, depth: depth + 1)
      scope.expressions[name] =
        Scope.Item(name: nil, columns: columns, isKnown: true)
        .renamed(tree.names(element, .aliascolnames) ?? []).columns
    }
  }

  private mutating func select(_ node: Int, _ scope: Scope, depth: Int) -> [Scope.Column] {
    if let left = tree.child(node, .larg), let right = tree.child(node, .rarg) {
      let columns = query(left, scope, depth: depth + 1)
      noteSources(columns + query(right, scope, depth: depth + 1), .setOperation, node)
      return columns.map { Scope.Column(name: $0.name, source: nil) }
    }
    for row in tree.list(node, .valuesLists) { expression(row, scope, depth: depth) }
    var items: [Scope.Item] = []
    for element in tree.list(node, .fromClause) { items += from(element, scope, beside: items, depth: depth) }
    return outputs(tree.list(node, .targetList), scope.inner(items), depth: depth)
  }

  /// The columns of a list of outputs.
  mutating func outputs(_ targets: [Int], _ scope: Scope, depth: Int) -> [Scope.Column] {
    var columns: [Scope.Column] = []
    for target in targets {
      guard let value = tree.child(target, .val) else { continue }
      let name = tree.text(target, .name)
      guard tree.nodes[value].kind == .columnRef else {
        expression(value, scope, depth: depth)
        columns.append(Scope.Column(name: name, source: nil))
        continue
      }
      let names = self.names(of: value)
      if isStar(value) {
        for column in scope.star(names.last) {
          if let source = column.source, source.isMerged { note(.mergedColumn, source.name, value) }
          columns.append(column)
        }
        continue
      }
      var column = Scope.Column(name: name ?? names.last, source: nil)
      switch scope.meaning(names) {
      case .free: break
      case .wholeRow(let source): note(.wholeRow, source.table, value)
      case .column(let source):
        if source.isMerged { note(.mergedColumn, source.name, value) } else { column.source = source }
      }
      columns.append(column)
    }
    return columns
  }

  // MARK: Expressions

  /// Notes what an expression reads of masked columns; conditions within its subqueries are left out.
  mutating func expression(_ root: Int, _ scope: Scope, depth: Int) {
    var index = root
    let end = Int(tree.nodes[root].end)
    while index < end {
      let node = tree.nodes[index]
      switch node.kind {
      case .columnRef:
        switch isStar(index) ? starMeaning(index, scope) : scope.meaning(names(of: index)) {
        case .free: break
        case .column(let source): note(.expression, source.name, index)
        case .wholeRow(let source): note(.wholeRow, source.table, index)
        }
        index = Int(node.end)
      case .subLink: index = subLink(index, scope, depth: depth)
      // How many there are, and whether there is one, tells no value.
      case .nullTest: index = Int(node.end)
      case .funcCall where FunctionPass.builtinName(tree, index) == "count": index = Int(node.end)
      default: index += 1
      }
    }
  }

  private func starMeaning(_ reference: Int, _ scope: Scope) -> Scope.Meaning {
    scope.star(names(of: reference).last).lazy.compactMap(\.source).first.map(Scope.Meaning.wholeRow) ?? .free
  }

  /// A subquery in an expression: its value has no origin. Returns the first node behind what was looked at.
  private mutating func subLink(_ node: Int, _ scope: Scope, depth: Int) -> Int {
    guard let select = tree.child(node, .subselect) else { return node + 1 }
    if tree.hasText(node, .subLinkType, "EXISTS_SUBLINK") { return Int(tree.nodes[node].end) }
    noteSources(query(select, scope, depth: depth + 1), .expression, select)
    if let test = tree.child(node, .testexpr) { expression(test, scope, depth: depth) }
    return Int(tree.nodes[node].end)
  }

  func names(of reference: Int) -> [String] { tree.list(reference, .fields).compactMap { tree.text($0) } }

  func isStar(_ reference: Int) -> Bool { tree.list(reference, .fields).last.map { tree.nodes[$0].kind == .aStar } == true }
}
