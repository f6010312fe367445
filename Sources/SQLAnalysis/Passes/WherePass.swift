/// UPDATE and DELETE that touch every row: no WHERE, or one that does not depend on the row and is not known to be false.
enum WherePass {
  static func classes(_ tree: SyntaxTree, _ root: Int) -> Set<StatementClass> {
    var classes: Set<StatementClass> = []
    for index in tree.subtree(root) {
      switch tree.nodes[index].kind {
      case .updateStmt: if holdsForEveryRow(tree, tree.child(index, .whereClause)) { classes.insert(.updateWithoutWhere) }
      case .deleteStmt: if holdsForEveryRow(tree, tree.child(index, .whereClause)) { classes.insert(.deleteWithoutWhere) }
      case .mergeStmt: merge(tree, index, &classes)
      default: continue
      }
    }
    return classes
  }

  /// MERGE with a constant condition changes every row of the target for any row of the source.
  private static func merge(_ tree: SyntaxTree, _ index: Int, _ classes: inout Set<StatementClass>) {
    guard holdsForEveryRow(tree, tree.child(index, .joinCondition)) else { return }
    for clause in tree.list(index, .mergeWhenClauses) where tree.isSet(clause, .matched) {
      guard holdsForEveryRow(tree, tree.child(clause, .condition)) else { continue }
      if tree.hasText(clause, .commandType, "CMD_DELETE") { classes.insert(.deleteWithoutWhere) }
      if tree.hasText(clause, .commandType, "CMD_UPDATE") { classes.insert(.updateWithoutWhere) }
    }
  }

  static func holdsForEveryRow(_ tree: SyntaxTree, _ condition: Int?) -> Bool {
    guard let condition else { return true }
    switch ConstantFolding.value(tree, condition) {
    case .varies, .truth(false), .null: return false
    case .truth(true), .constant, .number, .text: return true
    }
  }
}
