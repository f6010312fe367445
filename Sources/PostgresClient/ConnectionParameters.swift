/// Where and as whom to connect: libpq's keywords (manual 34.1.2), without the password.
public struct ConnectionParameters: Sendable, Equatable {
  /// `host`, `port`, `dbname`, `user`, `sslmode`, `sslrootcert`, `application_name`, `options`, ...
  public var keywords: [String: String]
  /// Wall time for the whole of connecting, name look-up excepted.
  public var connectSecondsMax: Int

  public init(_ keywords: [String: String], connectSecondsMax: Int = 10) {
    precondition(keywords["password"] == nil, "the password is lent by a closure, never kept in a String")
    self.keywords = keywords
    self.connectSecondsMax = connectSecondsMax
  }

  /// Parses a libpq connection string or `postgres://` URI. One with a password in it is refused (`22023`).
  public init(parsing text: String, connectSecondsMax: Int = 10) throws(PostgresError) {
    let keywords = try LibPQ.parse(conninfo: text)
    guard keywords["password"] == nil else {
      throw PostgresError(
        sqlState: .invalidParameterValue, message: "the connection string holds a password",
        hint: "leave it out; it is asked on the terminal or read from standard input or a file descriptor")
    }
    self.init(keywords, connectSecondsMax: connectSecondsMax)
  }

  /// The same with some keywords set anew.
  public func with(_ changes: [String: String]) -> ConnectionParameters {
    var copy = self
    copy.keywords.merge(changes) { _, new in new }
    return copy
  }
}

/// Lends a password's UTF-8 bytes (no NUL) for the time of one call, so that whoever keeps the secret keeps it:
///
///     try PostgresConnection(parameters) { use in try secret.withBytes(use) }
///
/// libpq copies it for the connection's life (reconnect, GSS) and wipes its copy when the connection is closed.
public typealias PasswordLender = (_ use: (Span<UInt8>) throws -> Void) throws -> Void
