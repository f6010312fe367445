/// The fields that some pass asks for; every other field is `other`.
enum FieldName: String, CaseIterable {
  case relation, relname, schemaname, catalogname, relpersistence, inh, alias, aliasname, ctes, ctename, ctequery, recursive
  case withClause, fromClause, usingClause, whereClause, targetList, returningList, groupClause, havingClause, sortClause
  case distinctClause, windowClause, valuesLists, intoClause, rel, lockingClause, lockedRels, larg, rarg, op, fields, val
  case name, indirection, funcname, args, aggStar = "agg_star", arg, lexpr, rexpr, kind, boolop, booltesttype, nulltesttype
  case subLinkType, subselect, testexpr, ival, fval, boolval, sval, bsval, isnull, typeName, names, quals, jointype, isNatural
  case rtindex, relations, sourceRelation, joinCondition, mergeWhenClauses, commandType, query, queries, options, defname
  case objtype, removeType, objects, object, attlist, isFrom = "is_from", isProgram = "is_program", filename
  case isLocal = "is_local", actions, view, stmt, stmts, stmtLen = "stmt_len", stmtLocation = "stmt_location", location
  case roletype, rolename, setstmt, onConflictClause, funccall, schemaElts, subtype, cmds, def, limitCount, limitOffset
  case lateral, colnames, subquery, functions, expr, defresult, portalname, selectStmt, base, items, temporary, targettype
  case targtype, behavior, action, method, repeatable, target, sqlBody = "sql_body", indexElems, infer, tableElts
  case inhRelations, pktable
  case condition, matched, sequence, isGrant = "is_grant", isVacuumcmd = "is_vacuumcmd", renameType, objectType, cycleClause = "cycle_clause", searchClause = "search_clause", over
  /// An element of a list.
  case element = "-element"
  case other = "-other"
}
