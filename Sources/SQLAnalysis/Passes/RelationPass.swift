/// The places that name relations, common table expressions resolved away.
enum RelationPass {
  /// - Parameter statementStart: stands in for the position of names that the parser keeps none for.
  static func references(
    _ tree: SyntaxTree, _ root: Int, scopes: CommonTableScopes, statementStart: Int
  ) throws(ParseFailure) -> [RelationReference] {
    var references: [RelationReference] = []
    var comparisons = 0
    for index in tree.subtree(root) {
      switch tree.nodes[index].kind {
      case .rangeVar:
        guard let place = place(tree, index), let name = tree.text(index, .relname) else { continue }
        let schema = tree.text(index, .schemaname)
        if schema == nil, place == .read, try scopes.hides(name, at: index, comparisons: &comparisons) { continue }
        references.append(
          RelationReference(
            catalog: tree.text(index, .catalogname), schema: schema, name: name,
            offset: tree.nodes[index].location >= 0 ? Int(tree.nodes[index].location) : statementStart, access: place))
      case .dropStmt: references += dropped(tree, index, statementStart)
      case .commentStmt, .secLabelStmt:
        if let reference = described(tree, index, statementStart) { references.append(reference) }
      default: continue
      }
    }
    return ordered(references)
  }

  /// What the statement does at a RangeVar; nil where it is an alias (`FOR UPDATE OF x`).
  static func place(_ tree: SyntaxTree, _ index: Int) -> RelationReference.Access? {
    let parent = Int(tree.nodes[index].parent)
    guard parent >= 0 else { return .define }
    switch tree.nodes[parent].kind {
    case .insertStmt, .updateStmt, .deleteStmt: return .write
    case .mergeStmt: return tree.nodes[index].field == .relation ? .write : .read
    case .copyStmt: return tree.isSet(parent, .isFrom) ? .write : .read
    case .joinExpr, .rangeTableSample: return .read
    case .list:
      switch tree.nodes[parent].field {
      case .fromClause, .usingClause: return .read
      case .lockedRels: return nil
      case .relations:
        let owner = Int(tree.nodes[parent].parent)
        return tree.nodes[owner].kind == .truncateStmt ? .write : .define
      default: return .define
      }
    default: return .define
    }
  }

  /// In the order of the text, and each once: the parser repeats the source of a multi-column SET for each column.
  private static func ordered(_ references: [RelationReference]) -> [RelationReference] {
    guard references.count > 1 else { return references }
    var result: [RelationReference] = []
    result.reserveCapacity(references.count)
    for (_, reference) in references.enumerated().sorted(by: { ($0.1.offset, $0.0) < ($1.1.offset, $1.0) })
    where result.last != reference {
      result.append(reference)
    }
    return result
  }

  private static let relationTypes = ["TABLE", "VIEW", "MATVIEW", "FOREIGN_TABLE", "SEQUENCE", "INDEX"]

  private static func dropped(_ tree: SyntaxTree, _ index: Int, _ offset: Int) -> [RelationReference] {
    guard let type = tree.text(index, .removeType)?.dropFirst("OBJECT_".count) else { return [] }
    // DROP TRIGGER, RULE and POLICY name the object after its table.
    let isPart = ["TRIGGER", "RULE", "POLICY"].contains(type)
    guard isPart || relationTypes.contains(String(type)) else { return [] }
    return tree.list(index, .objects).compactMap { object in
      named(Array((tree.names(object, .items) ?? []).dropLast(isPart ? 1 : 0)), offset)
    }
  }

  private static func described(_ tree: SyntaxTree, _ index: Int, _ offset: Int) -> RelationReference? {
    guard let type = tree.text(index, .objtype)?.dropFirst("OBJECT_".count), let object = tree.child(index, .object) else {
      return nil
    }
    let isPart = ["COLUMN", "TRIGGER", "RULE", "POLICY", "TABCONSTRAINT"].contains(type)
    guard isPart || relationTypes.contains(String(type)) else { return nil }
    return named(Array((tree.names(object, .items) ?? []).dropLast(isPart ? 1 : 0)), offset)
  }

  private static func named(_ names: [String], _ offset: Int) -> RelationReference? {
    guard let name = names.last else { return nil }
    return RelationReference(
      catalog: names.count > 2 ? names[names.count - 3] : nil, schema: names.count > 1 ? names[names.count - 2] : nil, name: name,
      offset: offset, access: .define)
  }
}
