/// What a statement may do to the session's settings: the search path, the role, and how texts are read.
enum SettingsPass {
  struct Changes {
    var classes: Set<StatementClass> = []
    var mayChangeSearchPath = false
    var endsTransaction = false
  }

  /// What a setting of an unknown name may be.
  static let everySetting: Set<StatementClass> = [.set, .setRole, .setLexical]

  /// What pg_dump sets the setting to that it looks up by name in pg_settings (CVE-2024-7348). It is no encoding, no truth value and
  /// nobody's role.
  private static let relationKinds = "view, foreign-table"

  /// `UPDATE pg_settings` sets what it updates, by a rule of the catalog.
  static func isSettingsTable(_ relation: RelationReference) -> Bool {
    relation.access == .write && relation.name == "pg_settings" && (relation.schema ?? "pg_catalog") == "pg_catalog"
  }

  static func changes(_ tree: SyntaxTree, _ root: Int) -> Changes {
    var changes = Changes()
    for index in tree.subtree(root) {
      switch tree.nodes[index].kind {
      case .funcCall: call(tree, index, &changes)
      case .variableSetStmt where index == root: variable(tree, index, &changes)
      case .transactionStmt: transaction(tree, index, &changes)
      case .discardStmt, .doStmt, .callStmt, .executeStmt, .loadStmt: changes.mayChangeSearchPath = true
      // A name may mean another relation afterwards.
      case .createStmt, .createTableAsStmt, .intoClause, .viewStmt, .createSchemaStmt, .createSeqStmt, .createForeignTableStmt,
        .dropStmt, .renameStmt, .alterObjectSchemaStmt, .createExtensionStmt, .alterExtensionStmt, .importForeignSchemaStmt,
        .dropOwnedStmt, .compositeTypeStmt:
        changes.mayChangeSearchPath = true
      case .updateStmt:
        // pg_settings: see isSettingsTable.
        if let target = tree.child(index, .relation), tree.text(target, .relname) == "pg_settings" {
          changes.mayChangeSearchPath = true
        }
      default: continue
      }
    }
    return changes
  }

  private static func variable(_ tree: SyntaxTree, _ index: Int, _ changes: inout Changes) {
    guard let name = tree.text(index, .name)?.lowercased() else {
      // RESET ALL: back to what the session began with, so no lexical setting that was not allowed then.
      changes.mayChangeSearchPath = true
      return
    }
    let value: String? = tree.list(index, .args).first.flatMap { constant(tree, $0) }
    note(setting: name, value: value, &changes)
  }

  /// What setting `name` to `value` does; nil when the value is the default or not known.
  private static func note(setting name: String, value: String?, _ changes: inout Changes) {
    switch name {
    case "search_path": changes.mayChangeSearchPath = true
    case "role", "session_authorization":
      changes.classes.insert(.setRole)
      changes.mayChangeSearchPath = true
    case "client_encoding":
      let encoding = value?.lowercased().filter { $0 != "-" && $0 != "_" }
      if encoding != "utf8" && encoding != "unicode" { changes.classes.insert(.setLexical) }
    case "standard_conforming_strings":
      if !["on", "true", "yes", "1", "t", "y", "tr", "tru", "ye"].contains(value?.lowercased()) {
        changes.classes.insert(.setLexical)
      }
    case "backslash_quote": if value?.lowercased() != "safe_encoding" { changes.classes.insert(.setLexical) }
    default: break
    }
  }

  private static func transaction(_ tree: SyntaxTree, _ index: Int, _ changes: inout Changes) {
    switch tree.text(index, .kind) {
    case "TRANS_STMT_BEGIN", "TRANS_STMT_START", "TRANS_STMT_SAVEPOINT", "TRANS_STMT_RELEASE", "TRANS_STMT_COMMIT_PREPARED",
      "TRANS_STMT_ROLLBACK_PREPARED":
      break
    case "TRANS_STMT_ROLLBACK", "TRANS_STMT_ROLLBACK_TO":
      changes.mayChangeSearchPath = true
      changes.endsTransaction = true
    default: changes.endsTransaction = true
    }
  }

  /// Functions of PostgreSQL that run a text that they are given.
  private static let runners: Set<String> = [
    "query_to_xml", "query_to_xmlschema", "query_to_xml_and_xmlschema", "cursor_to_xml", "cursor_to_xmlschema", "ts_stat",
    "ts_rewrite", "crosstab", "connectby",
  ]

  private static func call(_ tree: SyntaxTree, _ index: Int, _ changes: inout Changes) {
    // A user's function of the same name in some schema of the path counts: it costs nothing to ask again.
    guard let name = tree.names(index, .funcname)?.last else { return }
    if name == "set_config" {
      changes.classes.insert(.set)
      changes.mayChangeSearchPath = true
      let arguments = tree.list(index, .args)
      let value = arguments.dropFirst().first.flatMap { constant(tree, $0) }
      if let first = arguments.first, let setting = constant(tree, first) {
        note(setting: setting.lowercased(), value: value, &changes)
      } else if value != relationKinds {
        changes.classes.formUnion(everySetting)
      }
    } else if name == "pg_notify" {
      changes.classes.insert(.notify)
    } else if runners.contains(name) {
      changes.mayChangeSearchPath = true
    }
  }

  /// The text of a constant, also under a cast; nil for anything else.
  static func constant(_ tree: SyntaxTree, _ index: Int) -> String? {
    var index = index
    while tree.nodes[index].kind == .typeCast || tree.nodes[index].kind == .namedArgExpr {
      // set_config(value => ..., name => ...): the order of the arguments says nothing.
      guard tree.nodes[index].kind == .typeCast, let argument = tree.child(index, .arg) else { return nil }
      index = argument
    }
    guard tree.nodes[index].kind == .aConst else { return nil }
    if let value = tree.child(index, .sval) { return tree.text(value, .sval) ?? "" }
    if let value = tree.child(index, .ival) { return String(tree.number(value, .ival) ?? 0) }
    if let value = tree.child(index, .boolval) { return tree.isSet(value, .boolval) ? "true" : "false" }
    return nil
  }
}
