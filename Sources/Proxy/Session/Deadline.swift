import PostgresWire

/// The moment at which a session is over. A value: the clock's reading (monotonic, nanoseconds) is passed in.
public struct Deadline: Sendable, Equatable {
  public private(set) var atNanoseconds: UInt64

  /// - Parameter remainingMilliseconds: by the database server's clock; what is negative is over.
  public init(remainingMilliseconds: Int, nowNanoseconds: UInt64) {
    let remaining = UInt64(max(0, remainingMilliseconds)).multipliedReportingOverflow(by: 1_000_000)
    let sum = nowNanoseconds.addingReportingOverflow(remaining.overflow ? .max : remaining.partialValue)
    atNanoseconds = sum.overflow ? .max : sum.partialValue
  }

  public func isOver(nowNanoseconds: UInt64) -> Bool { nowNanoseconds >= atNanoseconds }

  /// Nanoseconds to wait; 0 when it is over.
  public func remainingNanoseconds(nowNanoseconds: UInt64) -> UInt64 {
    nowNanoseconds >= atNanoseconds ? 0 : atNanoseconds - nowNanoseconds
  }
}

/// Why a session ends, in the words that the client reads.
public enum SessionEnd {
  /// The lease is over: deadline, or revoked (`reason` says which).
  public static func leaseOver(reason: String, next: String) -> ErrorResponse {
    ErrorResponse(.fatal, .adminShutdown, "terminating connection: \(reason)", hint: next)
  }

  /// The proxy stops.
  public static var shutdown: ErrorResponse {
    ErrorResponse(.fatal, .adminShutdown, "terminating connection: the proxy is shutting down", hint: "connect again")
  }

  /// Policy's idle time is used up.
  public static func idle(seconds: Int) -> ErrorResponse {
    ErrorResponse(
      .fatal, .idleSessionTimeout, "terminating connection: it was idle for \(seconds) s, the scope's limit",
      hint: "connect again; the lease goes on")
  }

  static func brokenByClient(_ error: WireError) -> ErrorResponse {
    ErrorResponse(.fatal, error.sqlState, "terminating connection: \(error.message)", hint: "the client broke the protocol")
  }

  static func brokenByServer(_ error: WireError) -> ErrorResponse {
    ErrorResponse(
      .fatal, .connectionFailure, "terminating connection: the server broke the protocol: \(error.message)",
      hint: "connect again; if it happens again, tell the operator")
  }

  /// The server is gone. Whether what ran took effect cannot be known, and must not be guessed.
  static func serverLost(running: Bool) -> ErrorResponse {
    running
      ? ErrorResponse(
        .fatal, .transactionResolutionUnknown, "terminating connection: the server closed it while a statement was running",
        hint: "it is unknown whether the statement took effect: look before doing it again")
      : ErrorResponse(
        .fatal, .connectionFailure, "terminating connection: the server closed it", hint: "connect again")
  }
}
