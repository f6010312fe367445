/// A SQLSTATE: five characters of `0-9A-Z`. Names are those of PostgreSQL's `errcodes.txt` (manual, appendix A).
/// Trivially copyable: the characters are packed into one word.
public struct SQLState: Sendable, Hashable, CustomStringConvertible {
  private let packed: UInt64

  /// Nil unless `text` is five characters of `0-9A-Z`.
  public init?(_ text: some StringProtocol) {
    var packed: UInt64 = 0
    var count = 0
    for byte in text.utf8 {
      guard count < 5, (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) else { return nil }
      packed = packed << 8 | UInt64(byte)
      count += 1
    }
    guard count == 5 else { return nil }
    self.packed = packed
  }

  private init(known text: StaticString) {
    guard let state = SQLState(text.description) else { preconditionFailure("not a SQLSTATE: \(text)") }
    self = state
  }

  /// The five characters.
  public var description: String {
    String(decoding: stride(from: 32, through: 0, by: -8).map { UInt8(truncatingIfNeeded: packed >> UInt64($0)) }, as: UTF8.self)
  }

  /// Class 57, where the server or an operator ends a connection.
  public var endsConnection: Bool { self == .adminShutdown || self == .crashShutdown || self == .cannotConnectNow }
}

extension SQLState {
  // Class 00, 01, 02.
  public static let successfulCompletion = SQLState(known: "00000")
  public static let warning = SQLState(known: "01000")
  public static let noData = SQLState(known: "02000")
  // Class 08: connection.
  public static let connectionException = SQLState(known: "08000")
  public static let connectionDoesNotExist = SQLState(known: "08003")
  public static let connectionFailure = SQLState(known: "08006")
  public static let sqlClientUnableToEstablishSQLConnection = SQLState(known: "08001")
  public static let sqlServerRejectedEstablishmentOfSQLConnection = SQLState(known: "08004")
  public static let transactionResolutionUnknown = SQLState(known: "08007")
  public static let protocolViolation = SQLState(known: "08P01")
  // Class 0A.
  public static let featureNotSupported = SQLState(known: "0A000")
  // Class 22, 23: data, integrity.
  public static let characterNotInRepertoire = SQLState(known: "22021")
  public static let invalidParameterValue = SQLState(known: "22023")
  public static let uniqueViolation = SQLState(known: "23505")
  // Class 25: transaction state.
  public static let activeSQLTransaction = SQLState(known: "25001")
  public static let noActiveSQLTransaction = SQLState(known: "25P01")
  public static let inFailedSQLTransaction = SQLState(known: "25P02")
  public static let idleInTransactionSessionTimeout = SQLState(known: "25P03")
  // Class 26, 34.
  public static let invalidSQLStatementName = SQLState(known: "26000")
  public static let invalidCursorName = SQLState(known: "34000")
  // Class 28: authorization.
  public static let invalidAuthorizationSpecification = SQLState(known: "28000")
  public static let invalidPassword = SQLState(known: "28P01")
  // Class 3D, 40.
  public static let invalidCatalogName = SQLState(known: "3D000")
  public static let transactionRollback = SQLState(known: "40000")
  public static let serializationFailure = SQLState(known: "40001")
  public static let deadlockDetected = SQLState(known: "40P01")
  // Class 42: syntax, access rule.
  public static let syntaxErrorOrAccessRuleViolation = SQLState(known: "42000")
  public static let syntaxError = SQLState(known: "42601")
  public static let insufficientPrivilege = SQLState(known: "42501")
  public static let groupingError = SQLState(known: "42803")
  public static let undefinedTable = SQLState(known: "42P01")
  public static let undefinedColumn = SQLState(known: "42703")
  public static let undefinedFunction = SQLState(known: "42883")
  public static let ambiguousColumn = SQLState(known: "42702")
  public static let duplicatePreparedStatement = SQLState(known: "42P05")
  public static let duplicateCursor = SQLState(known: "42P03")
  // Class 53, 54: resources, program limits.
  public static let insufficientResources = SQLState(known: "53000")
  public static let outOfMemory = SQLState(known: "53200")
  public static let tooManyConnections = SQLState(known: "53300")
  public static let configurationLimitExceeded = SQLState(known: "53400")
  public static let programLimitExceeded = SQLState(known: "54000")
  public static let statementTooComplex = SQLState(known: "54001")
  // Class 55.
  public static let lockNotAvailable = SQLState(known: "55P03")
  public static let objectInUse = SQLState(known: "55006")
  // Class 57: an operator or the system ends something.
  public static let operatorIntervention = SQLState(known: "57000")
  public static let queryCanceled = SQLState(known: "57014")
  public static let adminShutdown = SQLState(known: "57P01")
  public static let crashShutdown = SQLState(known: "57P02")
  public static let cannotConnectNow = SQLState(known: "57P03")
  public static let databaseDropped = SQLState(known: "57P04")
  public static let idleSessionTimeout = SQLState(known: "57P05")
  // Class 58, XX.
  public static let ioError = SQLState(known: "58030")
  public static let systemError = SQLState(known: "58000")
  public static let internalError = SQLState(known: "XX000")
}
