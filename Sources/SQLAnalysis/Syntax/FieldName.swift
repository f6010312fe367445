/// The fields that some pass asks for; every other field is `other`.
enum FieldName: String, CaseIterable {
  case relation, relname, schemaname, catalogname, relpersistence, inh, alias, aliasname, ctes, ctename, ctequery, recursive
  case withClause, fromClause, usingClause, whereClause, targetList, returningList, groupClause, havingClause, sortClause
  case distinctClause, windowClause, valuesLists, intoClause, rel, lockingClause, lockedRels, larg, rarg, op, fields, val
  case name, indirection, funcname, args
  case aggStar = "agg_star"
  case arg, lexpr, rexpr, kind, boolop, booltesttype, nulltesttype
  case subLinkType, subselect, testexpr, ival, fval, boolval, sval, bsval, isnull, typeName, names, quals, jointype, isNatural
  case rtindex, relations, sourceRelation, joinCondition, mergeWhenClauses, commandType, query, queries, options, defname
  case objtype, removeType, objects, object, attlist
  case isFrom = "is_from"
  case isProgram = "is_program"
  case filename
  case isLocal = "is_local"
  case actions, view, stmt, stmts
  case stmtLen = "stmt_len"
  case stmtLocation = "stmt_location"
  case location
  case roletype, rolename, setstmt, onConflictClause, funccall, schemaElts, subtype, cmds, def, limitCount, limitOffset
  case aliascolnames
  case joinUsingAlias = "join_using_alias"
  case lateral, colnames, subquery, functions, expr, defresult, portalname, selectStmt, base, items, temporary, targettype
  case targtype, behavior, action, method, repeatable, target
  case sqlBody = "sql_body"
  case indexElems, infer, tableElts
  case inhRelations, pktable
  case number, condition, matched, into, sequence
  case typmods, arrayBounds, params, argtypes, cols, source, values, colno, ncolumns
  case isGrant = "is_grant"
  case isVacuumcmd = "is_vacuumcmd"
  case renameType, objectType
  case content
  case cycleClause = "cycle_clause"
  case searchClause = "search_clause"
  case over
  /// An element of a list.
  case element = "-element"
  case other = "-other"
}
