/// What an expression is without looking at a row. Folds from the leaves up, over the flat tree; no recursion.
struct ConstantFolding {
  enum Value: Equatable {
    case truth(Bool)
    case null
    case number(Int)
    case text(String)
    /// The same for every row, but not worked out here: functions of constants, parameters.
    case constant
    /// May differ from row to row.
    case varies
  }

  private let tree: SyntaxTree
  private let first: Int
  private var values: [Value]

  static func value(_ tree: SyntaxTree, _ root: Int) -> Value {
    var folding = Self(tree: tree, first: root, values: Array(repeating: .constant, count: tree.subtree(root).count))
    for index in tree.subtree(root).reversed() { folding.values[index - root] = folding.fold(index) }
    return folding.values[0]
  }

  private func of(_ index: Int) -> Value { values[index - first] }

  private func of(_ parent: Int, _ field: FieldName) -> Value? { tree.child(parent, field).map(of) }

  private func fold(_ index: Int) -> Value {
    switch tree.nodes[index].kind {
    case .aConst: literal(index)
    case .columnRef, .currentOfExpr, .setToDefault: .varies
    case .typeCast: cast(index)
    case .boolExpr: logic(index)
    case .aExpr: operation(index)
    case .nullTest: nullTest(index)
    case .booleanTest: booleanTest(index)
    case .coalesceExpr: coalesce(index)
    case .subLink: subLink(index)
    case .selectStmt: select(index)
    case .collateClause: of(index, .arg) ?? .constant
    default: combined(index)
    }
  }

  /// Varies when something under it does.
  private func combined(_ index: Int) -> Value {
    tree.children(index).contains { of($0) == .varies } ? .varies : .constant
  }

  private func literal(_ index: Int) -> Value {
    if tree.isSet(index, .isnull) { return .null }
    if let value = tree.child(index, .ival) { return .number(tree.number(value, .ival) ?? 0) }
    if let value = tree.child(index, .boolval) { return .truth(tree.isSet(value, .boolval)) }
    if let value = tree.child(index, .sval) { return .text(tree.text(value, .sval) ?? "") }
    return .constant
  }

  private func cast(_ index: Int) -> Value {
    guard let value = of(index, .arg), let type = tree.child(index, .typeName) else { return .constant }
    switch value {
    case .varies, .null, .constant: return value
    default: break
    }
    switch tree.names(type, .names)?.last {
    case "bool": return Self.truth(value).map(Value.truth) ?? .constant
    case "int2", "int4", "int8":
      if case .text(let text) = value, let number = Int(text) { return .number(number) }
      if case .number = value { return value }
      return .constant
    case "text", "varchar":
      if case .text = value { return value }
      return .constant
    default: return .constant
    }
  }

  /// What a constant is as a boolean, by the input rules of `boolean` (manual 8.6).
  private static func truth(_ value: Value) -> Bool? {
    switch value {
    case .truth(let truth): truth
    case .number(let number): number != 0
    case .text(let text):
      switch text.lowercased().filter({ !$0.isWhitespace }) {
      case "t", "tr", "tru", "true", "y", "ye", "yes", "on", "1": true
      case "f", "fa", "fal", "fals", "false", "n", "no", "of", "off", "0": false
      default: nil
      }
    default: nil
    }
  }

  private func logic(_ index: Int) -> Value {
    let parts: [Value] = tree.list(index, .args).map { part in
      let value = of(part)
      return Self.truth(value).map(Value.truth) ?? value
    }
    switch tree.text(index, .boolop) {
    case "NOT_EXPR":
      if case .truth(let truth) = parts.first { return .truth(!truth) }
      return parts.first == .null ? .null : parts.first == .varies ? .varies : .constant
    case "OR_EXPR": return Self.combine(parts, decisive: true)
    default: return Self.combine(parts, decisive: false)
    }
  }

  /// AND (`decisive` false) and OR (`decisive` true) in three-valued logic.
  private static func combine(_ parts: [Value], decisive: Bool) -> Value {
    if parts.contains(.truth(decisive)) { return .truth(decisive) }
    if parts.contains(.varies) { return .varies }
    if parts.contains(.null) { return parts.contains(.constant) ? .constant : .null }
    return parts.allSatisfy { $0 == .truth(!decisive) } ? .truth(!decisive) : .constant
  }

  private func operation(_ index: Int) -> Value {
    let left = of(index, .lexpr)
    let right = of(index, .rexpr)
    let name = tree.names(index, .name)?.last ?? ""
    if tree.hasText(index, .kind, "AEXPR_LIKE") || tree.hasText(index, .kind, "AEXPR_ILIKE"), !name.hasPrefix("!"),
      case .text(let pattern) = right, !pattern.isEmpty, pattern.allSatisfy({ $0 == "%" })
    {
      return .truth(true)
    }
    if tree.hasText(index, .kind, "AEXPR_OP"), isSameColumn(index), ["=", "<=", ">="].contains(name) { return .truth(true) }
    guard left != .varies, right != .varies else { return .varies }
    guard tree.hasText(index, .kind, "AEXPR_OP") else { return combined(index) }
    if left == .null || right == .null { return .null }
    switch (left, right) {
    case (.number(let left), .number(let right)): return Self.compute(name, left, right)
    case (.text(let left), .text(let right)): return Self.compare(name, left, right)
    case (.truth(let left), .truth(let right)): return Self.compare(name, left ? 1 : 0, right ? 1 : 0)
    case (.number(let left), .text(let right)): return Int(right).map { Self.compute(name, left, $0) } ?? .constant
    case (.text(let left), .number(let right)): return Int(left).map { Self.compute(name, $0, right) } ?? .constant
    case (nil, .number(let number)): return ["-", "+"].contains(name) ? Self.compute(name, 0, number) : .constant
    default: return .constant
    }
  }

  /// `id = id` holds for every row that has an id.
  private func isSameColumn(_ index: Int) -> Bool {
    guard let left = tree.child(index, .lexpr), let right = tree.child(index, .rexpr), tree.nodes[left].kind == .columnRef,
      tree.nodes[right].kind == .columnRef, let name = tree.names(left, .fields)
    else { return false }
    return name == tree.names(right, .fields)
  }

  private static func compute(_ name: String, _ left: Int, _ right: Int) -> Value {
    let result: (partialValue: Int, overflow: Bool)
    switch name {
    case "+": result = left.addingReportingOverflow(right)
    case "-": result = left.subtractingReportingOverflow(right)
    case "*": result = left.multipliedReportingOverflow(by: right)
    case "/": result = left.dividedReportingOverflow(by: right)
    case "%": result = left.remainderReportingOverflow(dividingBy: right)
    default: return compare(name, left, right)
    }
    return result.overflow ? .constant : .number(result.partialValue)
  }

  private static func compare<T: Comparable>(_ name: String, _ left: T, _ right: T) -> Value {
    switch name {
    case "=": .truth(left == right)
    case "<>": .truth(left != right)
    // The order of texts is the collation's.
    case "<" where T.self != String.self: .truth(left < right)
    case "<=" where T.self != String.self: .truth(left <= right)
    case ">" where T.self != String.self: .truth(left > right)
    case ">=" where T.self != String.self: .truth(left >= right)
    default: .constant
    }
  }

  private func nullTest(_ index: Int) -> Value {
    guard let value = of(index, .arg), value != .varies, value != .constant else { return combined(index) }
    return .truth(tree.hasText(index, .nulltesttype, "IS_NULL") == (value == .null))
  }

  private func booleanTest(_ index: Int) -> Value {
    guard let value = of(index, .arg), value != .varies else { return .varies }
    guard let truth = Self.truth(value) else {
      guard value == .null else { return .constant }
      switch tree.text(index, .booltesttype) {
      case "IS_UNKNOWN", "IS_NOT_TRUE", "IS_NOT_FALSE": return .truth(true)
      default: return .truth(false)
      }
    }
    switch tree.text(index, .booltesttype) {
    case "IS_TRUE", "IS_NOT_FALSE": return .truth(truth)
    case "IS_FALSE", "IS_NOT_TRUE": return .truth(!truth)
    case "IS_NOT_UNKNOWN": return .truth(true)
    default: return .truth(false)
    }
  }

  private func coalesce(_ index: Int) -> Value {
    for part in tree.list(index, .args) {
      let value = of(part)
      if value != .null { return value }
    }
    return .null
  }

  /// `EXISTS (SELECT 1)` and `(SELECT true)`: a query without FROM and WHERE has one row.
  private func subLink(_ index: Int) -> Value {
    guard let query = tree.child(index, .subselect), of(query) != .varies else { return .varies }
    let isOneRow =
      [FieldName.fromClause, .whereClause, .havingClause, .limitCount, .limitOffset, .larg, .groupClause]
      .allSatisfy { tree.child(query, $0) == nil }
    guard isOneRow else { return .constant }
    if tree.hasText(index, .subLinkType, "EXISTS_SUBLINK") { return .truth(true) }
    guard tree.hasText(index, .subLinkType, "EXPR_SUBLINK"), let target = tree.list(query, .targetList).first else {
      return .constant
    }
    return of(target, .val) ?? .constant
  }

  /// A query over tables is taken to vary: it may be correlated, and what the tables hold is not known.
  private func select(_ index: Int) -> Value { tree.child(index, .fromClause) != nil ? .varies : combined(index) }
}
