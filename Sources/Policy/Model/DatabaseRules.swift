/// What policy says of one database, whatever the scope: its masks, and what was looked at and accepted.
public struct DatabaseRules: Sendable, Equatable, Codable {
  public var name: String
  /// In the order of the file.
  public var masks: [MaskLabel]
  public var trusted: [TrustedEntry]

  /// The mask of a column: a label that names it exactly, else the first pattern that matches, else the first that names its type.
  ///
  /// - Parameter type: as `format_type` prints it, domains under their own name.
  /// - Returns: nil for a column that nothing labels, and for one that is declared `free`.
  public func mask(schema: String, table: String, column: String, type: String) -> AppliedMask? {
    let exact = masks.first { $0.isExact && $0.matches(schema: schema, table: table, column: column, type: type) }
    let found =
      exact ?? masks.first { $0.typePattern == nil && $0.matches(schema: schema, table: table, column: column, type: type) }
      ?? masks.first { $0.typePattern != nil && $0.matches(schema: schema, table: table, column: column, type: type) }
    guard let found, let kind = found.kind else { return nil }
    return AppliedMask(kind: kind, rule: found.rule)
  }

  /// The `trusted:` entry that accepts a finding of a scope's compilation, if there is one.
  public func trust(kind: String, object: String) -> TrustedEntry? {
    trusted.first { ($0.kind == nil || $0.kind == kind) && $0.object.matches(object) }
  }
}

/// A mask and the line of policy that demands it.
public struct AppliedMask: Sendable, Equatable, Codable {
  public var kind: MaskKind
  public var rule: String
}

/// How rows can be found by a masked column (docs/masking.md, "Look-ups").
public enum LookupKind: String, Sendable, Hashable, Codable, CaseIterable {
  case none, equality
}

/// One line of `masks:`.
public struct MaskLabel: Sendable, Equatable, Codable {
  public var schema: NamePattern
  public var table: NamePattern
  public var column: NamePattern
  /// Not nil for `type:NAME` labels.
  public var typePattern: NamePattern?
  /// Nil declares an exactly named column `free`, past patterns that would mask it.
  public var kind: MaskKind?
  /// The line as written, for explanations.
  public var rule: String
  /// Whether rows can be found by equality with a value of the column, through the proxy; nil for not at all.
  public var lookup: LookupKind?
  /// Not nil for a json or jsonb column that is masked at some paths only; `kind` is `partial` then.
  public var options: MaskOptions?

  var isExact: Bool { typePattern == nil && schema.isExact && table.isExact && column.isExact }

  func matches(schema: String, table: String, column: String, type: String) -> Bool {
    if let typePattern { return typePattern.matches(type) }
    return self.schema.matches(schema) && self.table.matches(table) && self.column.matches(column)
  }
}

/// What a mask needs besides its kind, in the form that sql/shadows/labels.sql reads.
public struct MaskOptions: Sendable, Equatable, Codable {
  public var paths: [JSONPathMask]
}

/// What is masked inside a json or jsonb value, and how.
public struct JSONPathMask: Sendable, Equatable, Codable {
  /// From the outermost: `.name` is an object's value by its key, `[*]` each element of an array.
  public var steps: [String]
  /// One of `kinds`.
  public var kind: MaskKind

  /// Those that make sense for a text within a document.
  public static let kinds: [MaskKind] = [.redact, .partial, .email, .last4, .hash, .null]

  /// Reads `$.user.email`, `$.items[*].card` or `$."odd name"`: keys and `[*]`, nothing else of SQL's paths.
  ///
  /// - Returns: nil when the text is no such path, or names the whole value.
  public static func steps(_ text: String) -> [String]? {
    var rest = Substring(text)
    guard rest.first == "$" else { return nil }
    rest.removeFirst()
    var steps: [String] = []
    while !rest.isEmpty {
      if rest.hasPrefix("[*]") {
        steps.append("[*]")
        rest.removeFirst(3)
      } else if rest.hasPrefix(".\"") {
        rest.removeFirst(2)
        guard let end = rest.firstIndex(of: "\""), end > rest.startIndex, !rest[..<end].contains("\\") else { return nil }
        steps.append("." + rest[..<end])
        rest = rest[rest.index(after: end)...]
      } else if rest.first == "." {
        rest.removeFirst()
        let key = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" }
        guard !key.isEmpty else { return nil }
        steps.append("." + key)
        rest = rest[key.endIndex...]
      } else {
        return nil
      }
    }
    return steps.isEmpty || steps.count > 20 ? nil : steps
  }
}

/// Something that goes round a scope and that an operator has looked at and accepts, with the reason.
public struct TrustedEntry: Sendable, Equatable, Codable {
  /// The finding's kind, such as `definer_function`; nil for any.
  public var kind: String?
  /// The object as the finding names it.
  public var object: NamePattern
  public var reason: String
}
