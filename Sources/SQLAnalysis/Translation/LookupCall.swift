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

extension Translator {
  /// Asks for each comparison that may be a look-up, in the order of the text, and puts in the calls. The value stays where it is, so
  /// that an error about it points to its place in the client's text.
  mutating func replaceLookups(_ call: (EqualityLookup) -> LookupCall?) {
    guard refusals.isEmpty else { return }
    var found: [EqualityLookup] = []
    for level in Set(bindings.map(\.level)) { found += lookups(level: level) }
    var places: Set<Int> = []
    for lookup in found.sorted(by: { $0.range.lowerBound < $1.range.lowerBound })
    where places.insert(lookup.range.lowerBound).inserted {
      if let call = call(lookup) { replace(lookup, by: call) }
    }
  }

  private mutating func replace(_ lookup: EqualityLookup, by call: LookupCall) {
    let key = call.key.map { "\(quotedName(lookup.tableName)).\(quotedName($0))" }.joined(separator: ", ")
    let code: String =
      switch call.code {
      case .constant(let digits): "'\\x\(digits)'"
      case .parameter(let number): "$\(number)"
      }
    edit(
      lookup.range.lowerBound..<lookup.valueRange.lowerBound,
      "(\(key)) IN (SELECT * FROM \(quotedName(call.schema)).\(quotedName(call.function))(")
    edit(lookup.valueRange.upperBound..<lookup.range.upperBound, "\(call.type.map { "::" + $0 } ?? ""), \(code)))")
  }
}

extension ParsedText {
  /// The text with masked tables read through their shadows, and with look-ups of the keys of rows in place of the equalities for
  /// which `call` gives one. It is asked once for each, in the order of the text.
  public func translated(
    by map: ShadowMap, path: SearchPath, lookups call: (EqualityLookup) -> LookupCall?
  ) -> Translation {
    Translator.translate(self, map: map, path: path, lookups: call)
  }

  /// The highest `$n` in the text; 0 without parameters.
  public var parameterMax: Int {
    tree.nodes.indices.reduce(0) { highest, index in
      tree.nodes[index].kind == .paramRef ? max(highest, tree.number(index, .number) ?? 0) : highest
    }
  }

  /// The names of statements that the text's `PREPARE` and `DEALLOCATE` give or take, in their order; none for `DEALLOCATE ALL`.
  public var preparedNames: [String] {
    roots.compactMap { root in
      switch tree.nodes[root].kind {
      case .prepareStmt, .deallocateStmt: tree.text(root, .name)
      default: nil
      }
    }
  }
}
