import IssuerAPI
import PostgresClient

/// A ledger call that failed, in the words of the API. The functions of sql/ raise `IS` states for refusals that the caller caused;
/// everything else is the operator's business and is told to the caller only as "unavailable".
struct LedgerError: Error, Sendable, CustomStringConvertible {
  let cause: PostgresError

  init(_ cause: PostgresError) { self.cause = cause }

  var sqlState: SQLState { cause.sqlState }

  var answer: APIError {
    let next = cause.hint ?? "the issuer's log has more"
    switch cause.sqlState.code {
    case "IS404": return APIError(code: "not_found", message: cause.message, next: next)
    case "IS409", "IS410": return APIError(code: "conflict", message: cause.message, next: next)
    case "IS403": return APIError(code: "forbidden", message: cause.message, next: next)
    case "IS422": return APIError(code: "invalid", message: cause.message, next: next)
    case "IS503": return APIError(code: "unavailable", message: cause.message, next: next)
    default:
      if cause.isConnectionLost || cause.sqlState == .cannotConnect {
        return .unavailable("the database cannot be reached")
      }
      if cause.isRetryable { return .unavailable("the database was busy with another change of the same lease") }
      return APIError(
        code: "internal", message: "the database refused (SQLSTATE \(cause.sqlState.code))",
        next: "the issuer's log has the reason")
    }
  }

  var description: String { cause.description }
}
