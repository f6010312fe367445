/// A name in SQL text. The only way to put a name that is not known at compile time into a statement: always quoted, so case,
/// spaces, quotes and keywords are safe (PostgreSQL manual 4.1.1).
public struct Identifier: Sendable, Hashable, CustomStringConvertible {
  /// `NAMEDATALEN - 1`: the server cuts longer names silently, so two of them could become one.
  public static let bytesMax = 63

  public let name: String

  /// Throws `22023` when the name is empty, has a NUL, or is longer than `bytesMax` bytes.
  public init(_ name: String) throws(PostgresError) {
    guard !name.isEmpty, name.utf8.count <= Self.bytesMax, !name.utf8.contains(0) else {
      throw PostgresError(
        sqlState: .invalidParameterValue, message: "a name in SQL has 1 to \(Self.bytesMax) bytes and no NUL",
        hint: "shorten the name or leave out the unprintable character")
    }
    self.name = name
  }

  /// The name in double quotes, its own quotes doubled.
  public var quoted: String { "\"" + name.replacing("\"", with: "\"\"") + "\"" }

  public var description: String { quoted }
}

/// A string constant in SQL text, for utility statements that take no parameters (`COMMENT`, `CREATE ROLE`). Everything else
/// passes values as `$1`.
public struct Literal: Sendable, Hashable, CustomStringConvertible {
  public let value: String

  /// Throws `22021` when the text has a NUL, which no PostgreSQL string can hold.
  public init(_ value: String) throws(PostgresError) {
    guard !value.utf8.contains(0) else {
      throw PostgresError(sqlState: "22021", message: "a string constant in SQL cannot hold a NUL", hint: "leave the NUL out")
    }
    self.value = value
  }

  /// Quoted as `quote_literal` does: right whatever `standard_conforming_strings` says.
  public var quoted: String {
    let body = value.replacing("'", with: "''")
    return body.contains("\\") ? " E'" + body.replacing("\\", with: "\\\\") + "'" : "'" + body + "'"
  }

  public var description: String { quoted }
}

/// A statement with names and constants in it; interpolation takes only the quoting types, so nothing unquoted can slip in.
///
///     try connection.execute("LISTEN \(Identifier("issuer"))")
public struct UtilityStatement: Sendable, ExpressibleByStringInterpolation {
  public let text: String

  public init(stringLiteral value: String) { text = value }
  public init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

  public struct StringInterpolation: StringInterpolationProtocol, Sendable {
    fileprivate var text = ""

    public init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity) }
    public mutating func appendLiteral(_ literal: String) { text += literal }
    public mutating func appendInterpolation(_ name: Identifier) { text += name.quoted }
    public mutating func appendInterpolation(_ constant: Literal) { text += constant.quoted }
    public mutating func appendInterpolation(_ names: [Identifier]) {
      text += names.map(\.quoted).joined(separator: ", ")
    }
    public mutating func appendInterpolation(_ part: UtilityStatement) { text += part.text }
  }
}
