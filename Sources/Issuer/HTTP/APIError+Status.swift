import HTTPTypes
import IssuerAPI
import PostgresClient

extension APIError {
  /// The status that goes with a code. Codes not listed are refusals by policy, such as `lifetime_too_long`.
  var status: HTTPResponse.Status {
    switch code {
    case "invalid": .badRequest
    case "unauthenticated": .unauthorized
    case "not_found": .notFound
    case "method_not_allowed": .methodNotAllowed
    case "conflict": .conflict
    case "too_large": .contentTooLarge
    case "rate_limited": .tooManyRequests
    case "internal": .internalServerError
    case "unavailable": .serviceUnavailable
    default: .forbidden
    }
  }

  static func invalid(_ message: String, next: String) -> APIError { APIError(code: "invalid", message: message, next: next) }

  static func notFound(_ what: String, next: String = "check the name; the lists show what there is") -> APIError {
    APIError(code: "not_found", message: "there is no \(what)", next: next)
  }

  static func forbidden(_ message: String, next: String) -> APIError {
    APIError(code: "forbidden", message: message, next: next)
  }

  static func conflict(_ message: String, next: String) -> APIError { APIError(code: "conflict", message: message, next: next) }

  static func unavailable(_ message: String, next: String = "try again in a moment; `issuerctl status` says more") -> APIError {
    APIError(code: "unavailable", message: message, next: next)
  }
}
