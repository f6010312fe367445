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
  /// Of the value in it.
  public var valueRange: Range<Int>
  /// The value is written as a text in plain quotes, or is a parameter; not a number.
  public var isText: Bool
  /// Within `PREPARE`: a parameter gets its value from an `EXECUTE` later.
  public var isInPrepare: Bool
}

extension ParsedText {
  /// The comparisons that may be looked up: a bare masked column, `=`, one constant or parameter, as a conjunct of the WHERE of a
  /// SELECT that reads the table through its shadow.
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
    guard tree.nodes[level].kind == .selectStmt, let condition = tree.child(level, .whereClause) else { return [] }
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
    let (column, other) = isColumnFirst ? (left, right) : (right, left)
    guard tree.nodes[column].kind == .columnRef, let names = tree.names(column, .fields), let name = names.last,
      let binding = lookupBinding(names, level), let value = value(other), let columnRange = range(ofName: column),
      let valueRange = range(ofValue: other)
    else { return nil }
    let (first, second) = isColumnFirst ? (columnRange, valueRange) : (valueRange, columnRange)
    // Nothing but the sign in between: parentheses around a side would be cut in two.
    let bytes = text.span
    let sign = LexicalSkip.blanks(bytes, from: first.upperBound)
    guard LexicalSkip.at(bytes, sign) == UInt8(ascii: "="),
      LexicalSkip.blanks(bytes, from: sign + 1) == second.lowerBound
    else { return nil }
    return EqualityLookup(
      table: binding.table, column: name, tableName: binding.name, value: value,
      range: first.lowerBound..<second.upperBound, valueRange: valueRange,
      isText: [UInt8(ascii: "'"), UInt8(ascii: "$")].contains(text[valueRange.lowerBound]), isInPrepare: isInPrepare(comparison))
  }

  private func isInPrepare(_ node: Int) -> Bool {
    var node = node
    while node > 0 {
      if tree.nodes[node].kind == .prepareStmt { return true }
      node = Int(tree.nodes[node].parent)
    }
    return false
  }

  /// The binding whose masked column the names mean: of this query itself, and by no other name's leave.
  private func lookupBinding(_ names: [String], _ level: Int) -> Binding? {
    guard names.count <= 2, let name = names.last else { return nil }
    let candidates = bindings.filter { binding in
      binding.level == level && !binding.staysOnBase && !renamesColumns(binding) && (names.count == 1 || binding.name == names[0])
        && map.tables[binding.table].columns.contains { $0.name == name && $0.isMasked }
    }
    // Unqualified among several relations it may be another's, or ambiguous.
    guard candidates.count == 1, names.count == 2 || tree.list(level, .fromClause) == [candidates[0].node] else { return nil }
    return candidates[0]
  }

  /// `users AS u (a, b)`: what looks like a column's name may be another's.
  private func renamesColumns(_ binding: Binding) -> Bool {
    tree.child(binding.node, .alias).map { !tree.list($0, .colnames).isEmpty } ?? false
  }

  private func value(_ node: Int) -> EqualityLookup.Value? {
    switch tree.nodes[node].kind {
    case .paramRef: return tree.number(node, .number).map(EqualityLookup.Value.parameter)
    case .aConst: return SettingsPass.constant(tree, node).map(EqualityLookup.Value.constant)
    default: return nil
    }
  }

  private func range(ofName column: Int) -> Range<Int>? {
    let start = Int(tree.nodes[column].location)
    guard start >= 0 else { return nil }
    return start..<NameScanner(text, at: start).end
  }

  private func range(ofValue node: Int) -> Range<Int>? {
    let start = Int(tree.nodes[node].location)
    let bytes = text.span
    guard let first = LexicalSkip.at(bytes, start) else { return nil }
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    var end = start
    switch first {
    case UInt8(ascii: "'"):
      guard let quoteEnd = LexicalSkip.quotedOrComment(bytes, from: start) else { return nil }
      end = quoteEnd
    case UInt8(ascii: "$") where tree.nodes[node].kind == .paramRef, digits:
      end += 1
      while let byte = LexicalSkip.at(bytes, end), digits.contains(byte) { end += 1 }
    default:
      // E'', U&'', $$ and the like: rare enough in a look-up.
      return nil
    }
    // 'a' 'b' across lines is one literal.
    guard LexicalSkip.at(bytes, LexicalSkip.blanks(bytes, from: end)) != UInt8(ascii: "'") else { return nil }
    return start..<end
  }
}
