/// Which constants of a text its analysis has not looked at.
///
/// Every pass reads names and kinds of nodes; few read the value of a constant: the settings (arguments of `set_config`), and the
/// conditions of UPDATE and DELETE, whose folding asks whether they hold for every row. The rules here name the places where a constant is an
/// operand and nothing else, so that no value in it can change a class, a relation, a function or a flag. Whatever they do not name counts
/// as looked at: arguments of functions, casts, types, ordinals, options, and all statements but SELECT, INSERT, UPDATE and DELETE.
/// What the translation to shadows makes of values besides is in `Translation.moved`.
extension ParsedText {
  /// For each constant, whether another of the same kind in its place gives the same facts.
  ///
  /// - Parameter constants: as `TextConstants` found them in this very text.
  /// - Returns: nil for a text that says nothing about others.
  public func freeConstants(_ constants: [TextConstants.Constant]) -> [Bool]? {
    guard roots.count == 1, !constants.isEmpty, TextGuard.expandedBytes(text.span) == text.count else { return nil }
    let places = operandPlaces(roots[0])
    // Each free constant is one node of the tree, and no other node comes of it.
    var found = Array(repeating: 0, count: constants.count)
    var isFree = Array(repeating: false, count: constants.count)
    for index in tree.nodes.indices where tree.nodes[index].kind == .aConst {
      guard let constant = constant(constants, at: Int(tree.nodes[index].location)) else { continue }
      found[constant] += 1
      isFree[constant] = places[index] == .operand && tree.child(index, Self.field(of: constants[constant].kind)) != nil
    }
    for index in isFree.indices where found[index] != 1 { isFree[index] = false }
    return isFree
  }

  private static func field(of kind: TextConstants.Kind) -> FieldName {
    switch kind {
    case .integer: .ival
    case .large, .decimal: .fval
    case .string: .sval
    }
  }

  /// The constant that a node stands for. A negative number is located at its sign.
  private func constant(_ constants: [TextConstants.Constant], at location: Int) -> Int? {
    guard location >= 0, location < text.count else { return nil }
    let start = text[location] == UInt8(ascii: "-") ? LexicalSkip.blanks(text.span, from: location + 1) : location
    var (low, high) = (0, constants.count)
    while low < high {
      let middle = (low + high) / 2
      if constants[middle].range.lowerBound < start { low = middle + 1 } else { high = middle }
    }
    return low < constants.count && constants[low].range.lowerBound == start ? low : nil
  }

  private enum Place: UInt8 {
    /// Somebody may look at the value.
    case other
    /// Nobody does.
    case operand
    /// In the condition of an UPDATE or DELETE, which is folded.
    case condition
  }

  /// For each node of the tree what its place makes of a constant there. Parents come before their children.
  private func operandPlaces(_ root: Int) -> [Place] {
    var places = Array(repeating: Place.other, count: tree.nodes.count)
    switch tree.nodes[root].kind {
    case .selectStmt, .insertStmt, .updateStmt, .deleteStmt: places[root] = .operand
    default: return places
    }
    for index in tree.subtree(root).dropFirst() {
      let parent = Int(tree.nodes[index].parent)
      switch places[parent] {
      case .other: continue
      case .operand: places[index] = place(index, in: parent)
      case .condition: places[index] = placeInCondition(index, in: parent)
      }
    }
    return places
  }

  private func place(_ index: Int, in parent: Int) -> Place {
    let field = tree.nodes[index].field
    let isOperand: Bool
    switch tree.nodes[parent].kind {
    case .list: isOperand = true
    case .listValue: isOperand = field == .items
    case .selectStmt:
      isOperand = [
        .targetList, .fromClause, .whereClause, .havingClause, .valuesLists, .larg, .rarg, .withClause, .limitCount, .limitOffset,
      ].contains(field)
    case .insertStmt: isOperand = [.selectStmt, .returningList, .onConflictClause, .withClause].contains(field)
    case .onConflictClause: isOperand = [.targetList, .whereClause].contains(field)
    case .updateStmt, .deleteStmt:
      if field == .whereClause { return startOfCondition(index) }
      isOperand = [.targetList, .fromClause, .usingClause, .returningList, .withClause].contains(field)
    case .resTarget: isOperand = field == .val
    case .aExpr: isOperand = field == .lexpr || field == .rexpr
    case .boolExpr, .coalesceExpr, .minMaxExpr, .rowExpr: isOperand = field == .args
    case .nullTest, .booleanTest: isOperand = field == .arg
    case .caseExpr: isOperand = [.arg, .args, .defresult].contains(field)
    case .caseWhen: isOperand = field == .expr
    case .subLink: isOperand = [.testexpr, .subselect].contains(field)
    case .joinExpr: isOperand = [.larg, .rarg, .quals].contains(field)
    case .rangeSubselect: isOperand = field == .subquery
    case .withClause: isOperand = field == .ctes
    case .commonTableExpr: isOperand = field == .ctequery
    default: isOperand = false
    }
    return isOperand ? .operand : .other
  }

  /// A condition itself, if it may hold free constants: what is no AND, OR, NOT or comparison is looked at.
  private func startOfCondition(_ index: Int) -> Place {
    switch tree.nodes[index].kind {
    case .boolExpr, .aExpr: .condition
    default: .other
    }
  }

  /// A comparison with a column varies from row to row, whatever is compared with (`ConstantFolding.operation`), LIKE alone excepted.
  private func placeInCondition(_ index: Int, in parent: Int) -> Place {
    switch tree.nodes[parent].kind {
    case .list: return startOfCondition(index)
    case .boolExpr: return tree.nodes[index].field == .args ? .condition : .other
    case .aExpr:
      guard tree.hasText(parent, .kind, "AEXPR_OP") || tree.hasText(parent, .kind, "AEXPR_IN") || isBetween(parent) else {
        return .other
      }
      let isOperand: Bool
      switch tree.nodes[index].field {
      case .lexpr: isOperand = isColumn(tree.child(parent, .rexpr))
      case .rexpr: isOperand = isColumn(tree.child(parent, .lexpr))
      default: isOperand = false
      }
      return isOperand ? .operand : .other
    default: return .other
    }
  }

  private func isBetween(_ expression: Int) -> Bool {
    tree.hasText(expression, .kind, "AEXPR_BETWEEN") || tree.hasText(expression, .kind, "AEXPR_NOT_BETWEEN")
  }

  private func isColumn(_ index: Int?) -> Bool { index.map { tree.nodes[$0].kind == .columnRef } ?? false }
}
