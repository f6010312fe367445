/// What stands in a FROM.
extension OriginPass {
  /// - Parameter siblings: what comes before it in the same FROM, which LATERAL and functions see.
  mutating func from(_ node: Int, _ scope: Scope, beside siblings: [Scope.Item], depth: Int) -> [Scope.Item] {
    guard depth < Self.depthMax else {
      note(.tooDeep, "", node)
      return []
    }
    switch tree.nodes[node].kind {
    case .rangeVar: return [relation(node, scope)]
    case .rangeTableSample:
      return tree.child(node, .relation).map { from($0, scope, beside: siblings, depth: depth + 1) } ?? []
    case .rangeSubselect:
      guard let subquery = tree.child(node, .subquery) else { return [] }
      let columns = query(subquery, tree.isSet(node, .lateral) ? scope.inner(siblings) : scope, depth: depth + 1)
      return [aliased(Scope.Item(name: nil, columns: columns, isKnown: true), node)]
    case .joinExpr: return join(node, scope, beside: siblings, depth: depth)
    default:
      // Functions, XMLTABLE and the like: what they make of their arguments has no origin.
      expression(node, scope.inner(siblings), depth: depth)
      return [aliased(Scope.Item(name: nil, columns: [], isKnown: false), node)]
    }
  }

  /// A relation by its name: a common table expression, a masked table, or one that nothing is known of.
  func relation(_ node: Int, _ scope: Scope) -> Scope.Item {
    guard let name = tree.text(node, .relname) else { return Scope.Item(name: nil, columns: [], isKnown: false) }
    let schema = tree.text(node, .schemaname)
    if schema == nil, let columns = scope.expressions[name] {
      return aliased(Scope.Item(name: name, columns: columns, isKnown: true), node)
    }
    let tables = self.tables(schema, name)
    let columns = tables.flatMap { table in
      table.columns.map { column in
        Scope.Column(
          name: column.name,
          source: column.isMasked ? Scope.Source(table: "\(table.schema).\(table.table)", column: column.name) : nil)
      }
    }
    return aliased(Scope.Item(name: name, columns: columns, isKnown: !tables.isEmpty), node)
  }

  func tables(_ schema: String?, _ name: String) -> [ShadowMap.Table] {
    map.mayName(name) ? map.tables.filter { $0.table == name && (schema == nil || $0.schema == schema) } : []
  }

  private func aliased(_ item: Scope.Item, _ node: Int) -> Scope.Item {
    guard let alias = tree.child(node, .alias) else { return item }
    var item = item.renamed(tree.names(alias, .colnames) ?? [])
    item.name = tree.text(alias, .aliasname)
    return item
  }

  private mutating func join(_ node: Int, _ scope: Scope, beside siblings: [Scope.Item], depth: Int) -> [Scope.Item] {
    guard let larg = tree.child(node, .larg), let rarg = tree.child(node, .rarg) else { return [] }
    let left = from(larg, scope, beside: siblings, depth: depth + 1)
    let right = from(rarg, scope, beside: siblings + left, depth: depth + 1)
    let isNatural = tree.isSet(node, .isNatural)
    let named = tree.names(node, .usingClause) ?? []
    let merged = (left + right).flatMap(\.columns).compactMap { column -> Scope.Column? in
      guard let name = column.name, var source = column.source, isNatural || named.contains(name) else { return nil }
      source.isMerged = true
      return Scope.Column(name: name, source: source)
    }
    // Before the others, so that an unqualified name means the merged column.
    var items = (merged.isEmpty ? [] : [Scope.Item(name: nil, columns: merged, isKnown: true)]) + left + right
    if !merged.isEmpty, let alias = tree.child(node, .joinUsingAlias) {
      items.append(Scope.Item(name: tree.text(alias, .aliasname), columns: merged, isKnown: true))
    }
    guard let alias = tree.child(node, .alias) else { return items }
    // `(a JOIN b ...) AS j` hides the names within; with a list of columns, which is which cannot be told.
    var columns = items.flatMap(\.columns)
    if let names = tree.names(alias, .colnames), let masked = columns.lazy.compactMap(\.source).first {
      columns += names.map {
        Scope.Column(name: $0, source: Scope.Source(table: masked.table, column: masked.column, isMerged: true))
      }
    }
    return [Scope.Item(name: tree.text(alias, .aliasname), columns: columns, isKnown: items.allSatisfy(\.isKnown))]
  }
}
