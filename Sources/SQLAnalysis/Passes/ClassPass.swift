/// What a statement does: the classes of its own node and of every statement within it (WITH, EXPLAIN, PREPARE, cursors, rules,
/// elements of a schema, bodies in standard SQL).
enum ClassPass {
  static func classes(_ tree: SyntaxTree, _ root: Int) -> Set<StatementClass> {
    var classes: Set<StatementClass> = []
    var known = true
    for index in tree.subtree(root) {
      switch tree.nodes[index].kind {
      case .unknown: classes.insert(.unknown)
      case .selectStmt: select(tree, index, root, &classes)
      case .intoClause: into(tree, index, &classes)
      case .lockingClause: classes.insert(.rowLock)
      case .insertStmt: classes.insert(.insert)
      case .onConflictClause: if tree.hasText(index, .action, "ONCONFLICT_UPDATE") { classes.insert(.update) }
      case .updateStmt: classes.insert(.update)
      case .deleteStmt: classes.insert(.delete)
      case .mergeStmt: merge(tree, index, &classes)
      case .copyStmt: copy(tree, index, &classes)
      case let kind where isStatement(kind):
        guard let found = definition(tree, index, kind) ?? other(tree, index, kind) else {
          known = false
          continue
        }
        classes.formUnion(found)
      default: continue
      }
    }
    // The statement itself must have been understood, whatever it holds.
    if !known || classes.isEmpty { classes.insert(.unknown) }
    return classes
  }

  private static let statementKinds: Set<NodeKind> = Set(
    NodeKind.allCases.filter { $0.rawValue.hasSuffix("Stmt") && $0 != .returnStmt })

  private static func isStatement(_ kind: NodeKind) -> Bool {
    switch kind {
    // Most nodes of a tree; a switch is cheaper than the set.
    case .text, .number, .list, .yes, .no, .plain, .resTarget, .columnRef, .rangeVar, .aExpr, .aConst, .stringValue, .funcCall,
      .boolExpr, .typeCast, .typeName, .joinExpr, .sortBy, .paramRef, .alias:
      false
    default: statementKinds.contains(kind)
    }
  }

  private static func select(_ tree: SyntaxTree, _ index: Int, _ root: Int, _ classes: inout Set<StatementClass>) {
    // INSERT ... VALUES holds a SelectStmt that reads nothing.
    if tree.child(index, .valuesLists) != nil, index != root { return }
    classes.insert(.select)
  }

  /// SELECT INTO, CREATE TABLE AS and CREATE MATERIALIZED VIEW.
  private static func into(_ tree: SyntaxTree, _ index: Int, _ classes: inout Set<StatementClass>) {
    classes.formUnion([.createTableAs, .ddl, .create])
    if let relation = tree.child(index, .rel), isTemporary(tree, relation) { classes.insert(.createTemp) }
  }

  static func isTemporary(_ tree: SyntaxTree, _ relation: Int) -> Bool {
    tree.hasText(relation, .relpersistence, "t") || tree.text(relation, .schemaname)?.hasPrefix("pg_temp") == true
  }

  private static func merge(_ tree: SyntaxTree, _ index: Int, _ classes: inout Set<StatementClass>) {
    classes.insert(.merge)
    for clause in tree.list(index, .mergeWhenClauses) {
      switch tree.text(clause, .commandType) {
      case "CMD_INSERT": classes.insert(.insert)
      case "CMD_UPDATE": classes.insert(.update)
      case "CMD_DELETE": classes.insert(.delete)
      case "CMD_NOTHING": break
      default: classes.insert(.unknown)
      }
    }
  }

  private static func copy(_ tree: SyntaxTree, _ index: Int, _ classes: inout Set<StatementClass>) {
    classes.insert(tree.isSet(index, .isFrom) ? .copyIn : .copyOut)
    if tree.isSet(index, .isProgram) {
      classes.insert(.copyProgram)
    } else if tree.child(index, .filename) != nil {
      classes.insert(.copyFile)
    }
  }

  /// Statements that neither define nor change rows; nil for one that this version does not know.
  private static func other(_ tree: SyntaxTree, _ index: Int, _ kind: NodeKind) -> Set<StatementClass>? {
    switch kind {
    case .truncateStmt: return [.truncate]
    case .createTableAsStmt: return []
    case .grantStmt, .alterDefaultPrivilegesStmt: return [.grant]
    case .grantRoleStmt: return [.grant, .role]
    case .createRoleStmt, .alterRoleStmt, .dropRoleStmt, .alterRoleSetStmt, .reassignOwnedStmt: return [.role]
    case .dropOwnedStmt: return [.role, .ddl, .drop]
    case .alterSystemStmt: return [.alterSystem]
    case .doStmt: return [.do]
    case .callStmt: return [.call]
    case .loadStmt: return [.load]
    case .variableSetStmt: return variable(tree, index)
    case .variableShowStmt: return [.show]
    case .discardStmt: return [.discard]
    case .constraintsSetStmt: return [.set, .transaction]
    case .transactionStmt:
      switch tree.text(index, .kind) {
      case "TRANS_STMT_PREPARE", "TRANS_STMT_COMMIT_PREPARED", "TRANS_STMT_ROLLBACK_PREPARED": return [.transaction, .twoPhase]
      default: return [.transaction]
      }
    case .prepareStmt: return [.prepare]
    case .executeStmt: return [.execute]
    case .deallocateStmt: return [.deallocate]
    case .declareCursorStmt, .fetchStmt, .closePortalStmt: return [.cursor]
    case .explainStmt: return [.explain]
    case .listenStmt, .unlistenStmt: return [.listen]
    case .notifyStmt: return [.notify]
    case .lockStmt: return [.lockTable]
    case .vacuumStmt, .clusterStmt, .reindexStmt, .checkPointStmt, .refreshMatViewStmt: return [.maintenance]
    default: return nil
    }
  }

  private static func variable(_ tree: SyntaxTree, _ index: Int) -> Set<StatementClass> {
    // A clause of ALTER ROLE, ALTER DATABASE, CREATE FUNCTION sets nothing in this session.
    guard tree.nodes[index].field != .setstmt, tree.nodes[index].field != .arg else { return [] }
    switch tree.text(index, .kind) {
    case "VAR_RESET", "VAR_RESET_ALL": return [.reset]
    case "VAR_SET_MULTI": return tree.hasText(index, .name, "TRANSACTION SNAPSHOT") ? [.transaction] : [.set, .transaction]
    default: return [.set]
    }
  }
}
