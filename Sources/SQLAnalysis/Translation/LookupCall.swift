/// What stands in for `column = value` on a masked column: a function that answers the keys of the rows (DESIGN section 9.5).
public struct LookupCall: Sendable, Equatable {
  /// The proof that the proxy made the call.
  public enum Code: Sendable, Equatable {
    /// Hexadecimal digits.
    case constant(String)
    /// A parameter of the proxy's own, `$n` counted from 1.
    case parameter(Int)
  }

  public var schema: String
  public var function: String
  /// Columns of the table that the function answers, in this order.
  public var key: [String]
  /// The type that the value is cast to; becomes SQL text as it stands. Nil for none.
  public var type: String?
  public var code: Code

  public init(schema: String, function: String, key: [String], type: String?, code: Code) {
    self.schema = schema
    self.function = function
    self.key = key
    self.type = type
    self.code = code
  }
}

/// What a session looks up, for the text at hand.
public protocol LookupSource {
  /// What stands in for the comparison; nil leaves it as it is. Asked once for each, in the order of the text.
  mutating func call(for lookup: EqualityLookup) -> LookupCall?
  /// The proxy's own arguments of a statement that SQL prepared, as SQL text; nil adds none.
  mutating func hiddenArguments(of call: ExecuteCall) -> [String]?
}

extension Translator {
  /// Asks for each comparison that may be a look-up, in the order of the text, and puts in the calls. The value stays where it is, so
  /// that an error about it points to its place in the client's text.
  mutating func replaceLookups(_ source: inout some LookupSource) {
    guard refusals.isEmpty else { return }
    var found: [EqualityLookup] = []
    for level in Set(bindings.map(\.level)) { found += lookups(level: level) }
    var places: Set<Int> = []
    for lookup in found.sorted(by: { $0.range.lowerBound < $1.range.lowerBound })
    where places.insert(lookup.range.lowerBound).inserted {
      if let call = source.call(for: lookup) { replace(lookup, by: call) }
    }
  }

  private mutating func replace(_ lookup: EqualityLookup, by call: LookupCall) {
    let key = call.key.map { "\(quotedName(lookup.tableName)).\(quotedName($0))" }.joined(separator: ", ")
    let code: String =
      switch call.code {
      case .constant(let digits): "'\\x\(digits)'"
      case .parameter(let number): "$\(number)"
      }
    // The schema of a column named in three parts was turned into the shadow's.
    for offset in edits.keys where lookup.range.contains(offset) { edits[offset] = nil }
    edit(
      lookup.range.lowerBound..<lookup.valueRange.lowerBound,
      "(\(key)) IN (SELECT * FROM \(quotedName(call.schema)).\(quotedName(call.function))(")
    edit(lookup.valueRange.upperBound..<lookup.range.upperBound, "\(call.type.map { "::" + $0 } ?? ""), \(code)))")
  }
}

extension ParsedText {
  /// The text with masked tables read through their shadows, and with look-ups of the keys of rows in place of the equalities for
  /// which `lookups` gives one.
  public func translated(by map: ShadowMap, path: SearchPath, lookups: inout some LookupSource) -> Translation {
    Translator.translate(self, map: map, path: path, lookups: &lookups)
  }

  /// The highest `$n` in the text; 0 without parameters.
  public var parameterMax: Int { tree.parameterMax(0) }

  /// The names of statements that the text's `PREPARE` and `DEALLOCATE` give or take, in their order; none for `DEALLOCATE ALL`.
  public var preparedNames: [String] {
    roots.compactMap { root in
      switch tree.nodes[root].kind {
      case .prepareStmt, .deallocateStmt: tree.text(root, .name)
      default: nil
      }
    }
  }

  /// The last parts of the names of columns that the text reads or fills.
  public var columnNames: Set<String> {
    tree.nodes.indices.reduce(into: []) { names, index in
      switch tree.nodes[index].kind {
      case .columnRef: if let name = tree.names(index, .fields)?.last { names.insert(name) }
      case .resTarget: if let name = tree.text(index, .name) { names.insert(name) }
      default: break
      }
    }
  }

  /// Whether the text runs a statement that SQL prepared.
  public var executesPrepared: Bool { tree.nodes.contains { $0.kind == .executeStmt } }
}

extension SyntaxTree {
  /// The highest `$n` in a subtree; 0 without parameters.
  func parameterMax(_ root: Int) -> Int {
    guard nodes.indices.contains(root) else { return 0 }
    return subtree(root).reduce(0) { highest, index in
      nodes[index].kind == .paramRef ? max(highest, number(index, .number) ?? 0) : highest
    }
  }
}

/// A session that looks nothing up.
struct NoLookups: LookupSource {
  func call(for lookup: EqualityLookup) -> LookupCall? { nil }
  func hiddenArguments(of call: ExecuteCall) -> [String]? { nil }
}
