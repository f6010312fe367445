/// Why bytes are not a PostgreSQL message. The peer's mistake, never ours: answered with an error and a closed connection.
public struct WireError: Error, Sendable, Equatable {
  /// Stable; compare by this only.
  public enum Code: String, Sendable, Equatable {
    /// A length below its floor or above its ceiling.
    case length
    /// The body ends inside a field.
    case truncated
    /// Bytes left over behind the last field.
    case leftover
    /// A message type that the peer may not send (now).
    case type
    /// A field's value is out of its range.
    case value
    /// Text that is not UTF-8, or a string without its final NUL.
    case text
    /// A SCRAM or other authentication exchange was broken.
    case authentication
  }
  public var code: Code
  public var sqlState: SQLState
  /// A sentence without secrets.
  public var message: String

  public init(_ code: Code, sqlState: SQLState = .protocolViolation, _ message: String) {
    self.code = code
    self.sqlState = sqlState
    self.message = message
  }
}
