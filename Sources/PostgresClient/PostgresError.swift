/// What the server or libpq refused. Branch on `sqlState`, never on `message`, which may be in any language.
public struct PostgresError: Error, Sendable, Equatable, CustomStringConvertible {
  public var sqlState: SQLState
  public var message: String
  public var detail: String?
  public var hint: String?
  /// The constraint that was violated, for class 23.
  public var constraint: String?
  /// The server's call stack (`CONTEXT`), for operators.
  public var context: String?
  /// Of a refused login: the server's function that raised it. Never translated, and tells apart errors of one code.
  public var routine: String?

  public init(
    sqlState: SQLState, message: String, detail: String? = nil, hint: String? = nil, constraint: String? = nil,
    context: String? = nil, routine: String? = nil
  ) {
    self.sqlState = sqlState
    self.message = message
    self.detail = detail
    self.hint = hint
    self.constraint = constraint
    self.context = context
    self.routine = routine
  }

  /// Whether the connection is of no more use: the outcome of the statement is unknown, ask again on a new one.
  public var isConnectionLost: Bool { sqlState.code.hasPrefix("08") || sqlState.code.hasPrefix("57P") }

  /// Whether the same transaction may simply be run again (serialization, deadlock, lock timeout).
  public var isRetryable: Bool {
    [.serializationFailure, .deadlockDetected, .lockNotAvailable].contains(sqlState)
  }

  public var description: String {
    ["\(sqlState.code): \(message)", detail, hint].compactMap { $0 }.joined(separator: "; ")
  }
}

/// A five-character error code (PostgreSQL manual, appendix A).
public struct SQLState: Sendable, Hashable, ExpressibleByStringLiteral {
  public let code: String

  public init(_ code: String) { self.code = code }
  public init(stringLiteral value: String) { code = value }

  public static let connectionFailure: SQLState = "08006"
  public static let cannotConnect: SQLState = "08001"
  public static let invalidParameterValue: SQLState = "22023"
  public static let invalidTextRepresentation: SQLState = "22P02"
  public static let invalidPassword: SQLState = "28P01"
  public static let invalidAuthorization: SQLState = "28000"
  public static let uniqueViolation: SQLState = "23505"
  public static let serializationFailure: SQLState = "40001"
  public static let deadlockDetected: SQLState = "40P01"
  public static let insufficientPrivilege: SQLState = "42501"
  public static let duplicateObject: SQLState = "42710"
  public static let undefinedObject: SQLState = "42704"
  public static let dependentObjectsStillExist: SQLState = "2BP01"
  public static let objectInUse: SQLState = "55006"
  public static let lockNotAvailable: SQLState = "55P03"
  public static let queryCanceled: SQLState = "57014"
  public static let adminShutdown: SQLState = "57P01"
}
