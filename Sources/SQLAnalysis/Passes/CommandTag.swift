/// PostgreSQL's command tag of a statement (src/include/tcop/cmdtaglist.h), near enough for people to read.
enum CommandTag {
  static func tag(_ tree: SyntaxTree, _ root: Int) -> String {
    let kind = tree.nodes[root].kind
    switch kind {
    case .selectStmt: return tree.child(root, .intoClause) == nil ? "SELECT" : "SELECT INTO"
    case .insertStmt: return "INSERT"
    case .updateStmt: return "UPDATE"
    case .deleteStmt: return "DELETE"
    case .transactionStmt: return transaction(tree.text(root, .kind))
    case .variableSetStmt:
      return ["VAR_RESET", "VAR_RESET_ALL"].contains(tree.text(root, .kind)) ? "RESET" : "SET"
    case .variableShowStmt: return "SHOW"
    case .doStmt: return "DO"
    case .dropStmt: return "DROP " + object(tree.text(root, .removeType))
    case .createTableAsStmt:
      return tree.hasText(root, .objtype, "OBJECT_MATVIEW") ? "CREATE MATERIALIZED VIEW" : "CREATE TABLE AS"
    case .alterTableStmt: return "ALTER " + object(tree.text(root, .objtype))
    case .renameStmt: return "ALTER " + object(tree.text(root, .renameType))
    case .alterOwnerStmt, .alterObjectSchemaStmt, .alterObjectDependsStmt: return "ALTER " + object(tree.text(root, .objectType))
    case .defineStmt: return "CREATE " + object(tree.text(root, .kind))
    case .alterRoleSetStmt: return "ALTER ROLE"
    case .alterDatabaseSetStmt, .alterDatabaseRefreshCollStmt: return "ALTER DATABASE"
    case .createdbStmt: return "CREATE DATABASE"
    case .dropdbStmt: return "DROP DATABASE"
    case .createTrigStmt: return "CREATE TRIGGER"
    case .createEventTrigStmt: return "CREATE EVENT TRIGGER"
    case .alterEventTrigStmt: return "ALTER EVENT TRIGGER"
    case .createSeqStmt: return "CREATE SEQUENCE"
    case .alterSeqStmt: return "ALTER SEQUENCE"
    case .createPLangStmt: return "CREATE LANGUAGE"
    case .createFdwStmt: return "CREATE FOREIGN DATA WRAPPER"
    case .alterFdwStmt: return "ALTER FOREIGN DATA WRAPPER"
    case .createForeignServerStmt: return "CREATE SERVER"
    case .createAmStmt: return "CREATE ACCESS METHOD"
    case .createStatsStmt: return "CREATE STATISTICS"
    case .compositeTypeStmt, .createEnumStmt, .createRangeStmt: return "CREATE TYPE"
    case .alterEnumStmt: return "ALTER TYPE"
    case .viewStmt: return "CREATE VIEW"
    case .ruleStmt: return "CREATE RULE"
    case .indexStmt: return "CREATE INDEX"
    case .createStmt: return "CREATE TABLE"
    case .grantStmt: return tree.isSet(root, .isGrant) ? "GRANT" : "REVOKE"
    case .grantRoleStmt: return tree.isSet(root, .isGrant) ? "GRANT ROLE" : "REVOKE ROLE"
    case .lockStmt: return "LOCK TABLE"
    case .secLabelStmt: return "SECURITY LABEL"
    case .checkPointStmt: return "CHECKPOINT"
    case .refreshMatViewStmt: return "REFRESH MATERIALIZED VIEW"
    case .constraintsSetStmt: return "SET CONSTRAINTS"
    case .closePortalStmt: return "CLOSE CURSOR"
    case .vacuumStmt: return tree.isSet(root, .isVacuumcmd) ? "VACUUM" : "ANALYZE"
    default: return spelled(kind)
    }
  }

  /// `CreateForeignTableStmt` is CREATE FOREIGN TABLE.
  private static func spelled(_ kind: NodeKind) -> String {
    guard kind.rawValue.hasSuffix("Stmt") else { return "???" }
    var tag = ""
    for letter in kind.rawValue.dropLast("Stmt".count) {
      if letter.isUppercase, !tag.isEmpty { tag += " " }
      tag += letter.uppercased()
    }
    return tag
  }

  private static func object(_ type: String?) -> String {
    switch type {
    case "OBJECT_MATVIEW": "MATERIALIZED VIEW"
    case "OBJECT_FDW": "FOREIGN DATA WRAPPER"
    case "OBJECT_FOREIGN_SERVER": "SERVER"
    case "OBJECT_TABCONSTRAINT", "OBJECT_COLUMN": "TABLE"
    case "OBJECT_ATTRIBUTE": "TYPE"
    case let type?: String(type.dropFirst("OBJECT_".count).map { $0 == "_" ? " " : $0 })
    case nil: "OBJECT"
    }
  }

  private static func transaction(_ kind: String?) -> String {
    switch kind {
    case "TRANS_STMT_BEGIN": "BEGIN"
    case "TRANS_STMT_START": "START TRANSACTION"
    case "TRANS_STMT_COMMIT": "COMMIT"
    case "TRANS_STMT_SAVEPOINT": "SAVEPOINT"
    case "TRANS_STMT_RELEASE": "RELEASE"
    case "TRANS_STMT_PREPARE": "PREPARE TRANSACTION"
    case "TRANS_STMT_COMMIT_PREPARED": "COMMIT PREPARED"
    case "TRANS_STMT_ROLLBACK_PREPARED": "ROLLBACK PREPARED"
    default: "ROLLBACK"
    }
  }
}
