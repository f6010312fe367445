/// A name with wildcards: `*` is any run of characters, `?` any one. No other character is special, and there are no regular
/// expressions in policy: what a pattern covers can be read.
public struct NamePattern: Sendable, Hashable, Codable {
  public var text: String

  public init(_ text: String) { self.text = text }

  /// Whether it holds no wildcard, and so names one thing.
  public var isExact: Bool { !text.contains { $0 == "*" || $0 == "?" } }

  public func matches(_ name: String) -> Bool {
    Self.matches(Array(text.unicodeScalars), Array(name.unicodeScalars), digits: false)
  }

  /// The same as a pattern of SQL's `LIKE`, with `\` as the escape.
  public var likePattern: String {
    var result = ""
    for character in text {
      switch character {
      case "*": result.append("%")
      case "?": result.append("_")
      case "%", "_", "\\": result.append("\\\(character)")
      default: result.append(character)
      }
    }
    return result
  }

  public init(from decoder: any Decoder) throws { text = try decoder.singleValueContainer().decode(String.self) }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }

  /// Greedy matching with one point of return: linear for practical patterns, quadratic at worst.
  static func matches(_ pattern: [Unicode.Scalar], _ name: [Unicode.Scalar], digits: Bool) -> Bool {
    var p = 0
    var n = 0
    var star: (pattern: Int, name: Int)?
    while n < name.count {
      if p < pattern.count, pattern[p] == "*" {
        star = (p, n)
        p += 1
      } else if p < pattern.count, one(pattern[p], name[n], digits: digits) {
        p += 1
        n += 1
      } else if let from = star {
        star = (from.pattern, from.name + 1)
        p = from.pattern + 1
        n = from.name + 1
      } else {
        return false
      }
    }
    return pattern[p...].allSatisfy { $0 == "*" }
  }

  private static func one(_ pattern: Unicode.Scalar, _ scalar: Unicode.Scalar, digits: Bool) -> Bool {
    if pattern == "?" { return true }
    if digits, pattern == "#" { return ("0"..."9").contains(scalar) }
    return pattern == scalar
  }
}

/// The form that a reason or a ticket must have: like `NamePattern`, and `#` is one digit. The whole text must match.
public struct TextPattern: Sendable, Hashable, Codable {
  public var text: String

  public init(_ text: String) { self.text = text }

  public func matches(_ value: String) -> Bool {
    NamePattern.matches(Array(text.unicodeScalars), Array(value.unicodeScalars), digits: true)
  }

  public init(from decoder: any Decoder) throws { text = try decoder.singleValueContainer().decode(String.self) }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
}
