import PostgresWire
import Reactor

/// What a tunnel itself says to the programs that connect.
public enum TunnelReplies {
  /// - Parameter message: who may approve, as the issuer says it.
  public static func pending(request: String, scope: String, message: String) -> ErrorResponse {
    ErrorResponse(
      .fatal, .cannotConnectNow, "the request \(request) for \(scope) waits for approval",
      detail: message.isEmpty ? nil : message, hint: "connect again when it is approved; the tunnel goes on waiting")
  }

  public static func refused(scope: String, why: String, next: String) -> ErrorResponse {
    ErrorResponse(.fatal, .invalidAuthorizationSpecification, "there is no lease for \(scope): \(why)", hint: next)
  }

  public static func ended(scope: String, reason: String) -> ErrorResponse {
    ErrorResponse(
      .fatal, .adminShutdown, "the lease of this tunnel to \(scope) is over: \(reason)",
      hint: "end the tunnel and open another: issuerctl tunnel \(scope)")
  }

  static let stranger = ErrorResponse(
    .fatal, .invalidAuthorizationSpecification, "this tunnel belongs to another user of this machine",
    hint: "open one of your own: issuerctl tunnel")

  static func otherDatabase(_ asked: String, leadsTo database: String) -> ErrorResponse {
    ErrorResponse(
      .fatal, .invalidCatalogName, "this tunnel leads to the database \"\(database)\", not to \"\(asked)\"",
      hint: "connect to \"\(database)\"; a scope on another database needs a tunnel of its own")
  }

  static func unreachable(_ error: SocketError) -> ErrorResponse {
    ErrorResponse(
      .fatal, .sqlClientUnableToEstablishSQLConnection, "the tunnel cannot reach the proxy: \(error.message)", hint: error.next)
  }

  static func broken(_ error: WireError) -> ErrorResponse {
    ErrorResponse(
      .fatal, .protocolViolation, "the proxy is not what the tunnel expects: \(error.message)",
      hint: "somebody may stand between: tell an operator")
  }

  static func malformed(_ error: WireError) -> ErrorResponse { ErrorResponse(.fatal, error.sqlState, error.message) }
}
