/// A comparison of a masked column with one value that could become a look-up of keys (DESIGN section 9.5).
public struct EqualityLookup: Sendable, Equatable {
  public enum Value: Sendable, Equatable {
    /// A literal, as PostgreSQL reads it.
    case constant(String)
    /// `$n`, counted from 1.
    case parameter(Int)
  }

  /// Index into `ShadowMap.tables`.
  public var table: Int
  public var column: String
  /// The name that the statement gives the table there.
  public var tableName: String
  public var value: Value
  /// UTF-8 byte offsets of the whole comparison in the text.
  public var range: Range<Int>
  /// Of the value in it, its cast included.
  public var valueRange: Range<Int>
  /// The value is written as a text, or is a parameter; not a number.
  public var isText: Bool
  /// The `PREPARE` around it: a parameter gets its value from an `EXECUTE` later.
  public var preparation: Preparation?
  /// The comparison.
  let node: Int
}

/// A statement that SQL prepares.
public struct Preparation: Sendable, Hashable {
  public var name: String
  /// How many parameters it has: those of its list of types, and those of its text.
  public var parameterCount: Int
}

extension ParsedText {
  /// The comparisons that may be looked up: a bare masked column, `=`, one constant or parameter, as a conjunct of the WHERE of a
  /// SELECT that reads the table through its shadow, or of an UPDATE or DELETE of the table.
  ///
  /// Anything richer is left out, since it would probe: OR, NOT, CASE, joins, lists, functions and casts of the column, HAVING and
  /// ORDER BY, operators written as `OPERATOR(s.=)`.
  public func equalityLookups(by map: ShadowMap, path: SearchPath) -> [EqualityLookup] {
    Translator.lookups(self, map: map, path: path)
  }
}

extension Translator {
  /// The comparisons in the conjuncts of one WHERE.
  func lookups(level: Int) -> [EqualityLookup] {
    guard [.selectStmt, .updateStmt, .deleteStmt].contains(tree.nodes[level].kind),
      let condition = tree.child(level, .whereClause)
    else { return [] }
    var waiting = [condition]
    var found: [EqualityLookup] = []
    while let part = waiting.popLast() {
      if tree.nodes[part].kind == .boolExpr, tree.hasText(part, .boolop, "AND_EXPR") {
        waiting += tree.list(part, .args)
      } else if let lookup = lookup(part, level: level) {
        found.append(lookup)
      }
    }
    return found
  }

  private func lookup(_ comparison: Int, level: Int) -> EqualityLookup? {
    guard tree.nodes[comparison].kind == .aExpr, tree.hasText(comparison, .kind, "AEXPR_OP"),
      tree.names(comparison, .name) == ["="], let left = tree.child(comparison, .lexpr),
      let right = tree.child(comparison, .rexpr)
    else { return nil }
    let isColumnFirst = tree.nodes[left].kind == .columnRef
    let (reference, other) = isColumnFirst ? (left, right) : (right, left)
    guard tree.nodes[reference].kind == .columnRef, let names = tree.names(reference, .fields), let name = names.last,
      let binding = lookupBinding(names, level),
      let column = map.tables[binding.table].columns.first(where: { $0.name == name }),
      let value = ComparedValue(self, other, with: column.type), let columnRange = range(ofName: reference)
    else { return nil }
    let (first, second) = isColumnFirst ? (columnRange, value.range) : (value.range, columnRange)
    // Nothing but the sign in between: parentheses around a side would be cut in two.
    let bytes = text.span
    let sign = LexicalSkip.blanks(bytes, from: first.upperBound)
    guard LexicalSkip.at(bytes, sign) == UInt8(ascii: "="),
      LexicalSkip.blanks(bytes, from: sign + 1) == second.lowerBound
    else { return nil }
    return EqualityLookup(
      table: binding.table, column: name, tableName: binding.name, value: value.value,
      range: first.lowerBound..<second.upperBound, valueRange: value.range, isText: value.isText,
      preparation: preparation(around: comparison), node: comparison)
  }

  /// The PREPARE that the node belongs to.
  func preparation(around node: Int) -> Preparation? {
    var node = node
    while node > 0 {
      if tree.nodes[node].kind == .prepareStmt, let name = tree.text(node, .name) {
        return Preparation(name: name, parameterCount: max(tree.list(node, .argtypes).count, tree.parameterMax(node)))
      }
      node = Int(tree.nodes[node].parent)
    }
    return nil
  }

  /// The binding whose masked column the names mean: of this query itself, and by no other name's leave.
  private func lookupBinding(_ names: [String], _ level: Int) -> Binding? {
    guard names.count <= 3, let name = names.last else { return nil }
    let candidates = bindings.filter { binding in
      guard binding.level == level, !binding.isRenamed(tree) else { return false }
      let table = map.tables[binding.table]
      switch names.count {
      case 1: break
      case 2: guard binding.name == names[0] else { return false }
      default: guard !binding.hasAlias, table.schema == names[0], table.table == names[1] else { return false }
      }
      return table.columns.contains { $0.name == name && $0.isMasked }
    }
    // Unqualified among several relations it may be another's, or ambiguous.
    guard candidates.count == 1, names.count > 1 || isAlone(candidates[0]) else { return nil }
    return candidates[0]
  }

  /// Whether the binding is the only relation of its query.
  func isAlone(_ binding: Binding) -> Bool {
    let others = tree.list(binding.level, .fromClause) + tree.list(binding.level, .usingClause)
    return binding.isTarget ? others.isEmpty && tree.child(binding.level, .sourceRelation) == nil : others == [binding.node]
  }

  private func range(ofName column: Int) -> Range<Int>? {
    let start = Int(tree.nodes[column].location)
    guard start >= 0 else { return nil }
    return start..<NameScanner(text, at: start).end
  }
}
