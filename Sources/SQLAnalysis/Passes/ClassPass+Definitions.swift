/// Statements that define, change or drop objects.
extension ClassPass {
  /// The classes of a definition; nil for a statement that is none.
  static func definition(_ tree: SyntaxTree, _ index: Int, _ kind: NodeKind) -> Set<StatementClass>? {
    switch kind {
    case .createStmt, .viewStmt, .createSeqStmt: return created(tree, index)
    case .createForeignTableStmt: return [.ddl, .create, .foreignServer]
    case .indexStmt, .ruleStmt, .createSchemaStmt, .createDomainStmt, .compositeTypeStmt, .createEnumStmt, .createRangeStmt,
      .createConversionStmt, .createOpClassStmt, .createOpFamilyStmt, .createTableSpaceStmt, .createPolicyStmt, .createAmStmt,
      .createPublicationStmt, .createStatsStmt, .createdbStmt:
      return [.ddl, .create]
    case .createFunctionStmt, .createCastStmt, .createTransformStmt: return [.ddl, .create, .createFunction]
    case .defineStmt: return [.ddl, .create, .createFunction]
    case .createTrigStmt: return [.ddl, .create, .createTrigger]
    case .createExtensionStmt, .createPLangStmt: return [.ddl, .create, .createExtension]
    case .createFdwStmt, .createForeignServerStmt, .createUserMappingStmt, .importForeignSchemaStmt, .createSubscriptionStmt:
      return [.ddl, .create, .foreignServer]
    case .createEventTrigStmt: return [.ddl, .create, .eventTrigger]

    case .alterTableStmt, .alterTableCmd, .alterDomainStmt, .alterSeqStmt, .alterOpFamilyStmt, .alterOperatorStmt,
      .alterTypeStmt, .alterEnumStmt, .alterTSDictionaryStmt, .alterTSConfigurationStmt, .alterTableSpaceOptionsStmt,
      .alterTableMoveAllStmt, .alterPolicyStmt, .alterPublicationStmt, .alterCollationStmt, .alterStatsStmt,
      .replicaIdentityStmt:
      return [.ddl, .alter]
    case .alterFunctionStmt: return [.ddl, .alter, .createFunction]
    case .alterExtensionStmt, .alterExtensionContentsStmt: return [.ddl, .alter, .createExtension]
    case .alterFdwStmt, .alterForeignServerStmt, .alterUserMappingStmt, .alterSubscriptionStmt:
      return [.ddl, .alter, .foreignServer]
    case .alterEventTrigStmt: return [.ddl, .alter, .eventTrigger]
    case .alterDatabaseStmt, .alterDatabaseRefreshCollStmt, .alterDatabaseSetStmt: return [.ddl, .alter, .alterDatabase]
    case .renameStmt: return special(tree.text(index, .renameType)).union([.ddl, .alter])
    case .alterObjectSchemaStmt, .alterOwnerStmt, .alterObjectDependsStmt:
      return special(tree.text(index, .objectType)).union([.ddl, .alter])

    case .dropStmt: return dropped(tree.text(index, .removeType)).union([.ddl, .drop])
    case .dropdbStmt: return [.ddl, .drop, .dropDatabase]
    case .dropTableSpaceStmt: return [.ddl, .drop]
    case .dropUserMappingStmt, .dropSubscriptionStmt: return [.ddl, .drop, .foreignServer]

    case .commentStmt: return special(tree.text(index, .objtype)).union([.ddl, .comment])
    case .secLabelStmt: return special(tree.text(index, .objtype)).union([.ddl, .securityLabel])
    default: return nil
    }
  }

  private static func created(_ tree: SyntaxTree, _ index: Int) -> Set<StatementClass> {
    let relation = [FieldName.relation, .view, .sequence].lazy.compactMap { tree.child(index, $0) }.first
    guard let relation, isTemporary(tree, relation) else { return [.ddl, .create] }
    return [.ddl, .create, .createTemp]
  }

  /// Kinds of object that have a class of their own whatever is done to them.
  private static func special(_ type: String?) -> Set<StatementClass> {
    switch type {
    case "OBJECT_ROLE": [.role]
    case "OBJECT_DATABASE": [.alterDatabase]
    case "OBJECT_EVENT_TRIGGER": [.eventTrigger]
    case "OBJECT_FOREIGN_SERVER", "OBJECT_FDW", "OBJECT_FOREIGN_TABLE", "OBJECT_SUBSCRIPTION": [.foreignServer]
    case "OBJECT_FUNCTION", "OBJECT_PROCEDURE", "OBJECT_ROUTINE", "OBJECT_AGGREGATE": [.createFunction]
    case "OBJECT_EXTENSION": [.createExtension]
    default: []
    }
  }

  private static func dropped(_ type: String?) -> Set<StatementClass> {
    switch type {
    case "OBJECT_TABLE": [.dropTable]
    case "OBJECT_SCHEMA": [.dropSchema]
    case "OBJECT_FOREIGN_TABLE": [.dropTable, .foreignServer]
    case "OBJECT_FOREIGN_SERVER", "OBJECT_FDW": [.foreignServer]
    case "OBJECT_EVENT_TRIGGER": [.eventTrigger]
    default: []
    }
  }
}
