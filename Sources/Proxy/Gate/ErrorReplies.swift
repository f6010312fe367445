import IssuerAPI
import Policy
import PostgresWire
import Reactor
import SQLAnalysis

/// The errors that the proxy itself answers: what happened, why, and what to do next.
enum ErrorReplies {
  // MARK: Before the session

  static func issuerUnreachable() -> ErrorResponse {
    ErrorResponse(
      .fatal, .cannotConnectNow, "the issuer cannot be reached, so no new session can be let in",
      hint: "Try again in a moment; sessions that run go on. Operators: see that issuerd runs and the log of this proxy.")
  }

  static func loginRefused(role: String, _ error: APIError) -> ErrorResponse {
    switch error.code {
    case "lease_ended", "expired", "not_found", "forbidden", "invalid_proof", "unauthorized":
      return ErrorResponse(
        .fatal, .invalidPassword, "there is no lease for user \"\(role)\" with this password",
        detail: error.message,
        hint: "Ask for one: issuerctl grant SCOPE --for 30m --reason \"...\"; `issuerctl leases` lists yours.")
    case "unavailable":
      return issuerUnreachable()
    default:
      return ErrorResponse(.fatal, .invalidAuthorizationSpecification, error.message, hint: error.next)
    }
  }

  static func backendUnreachable(_ error: SocketError) -> ErrorResponse {
    ErrorResponse(.fatal, .connectionFailure, "the database server cannot be reached: \(error.message)", hint: error.next)
  }

  static func tooManySessions(_ limit: Int) -> ErrorResponse {
    ErrorResponse(
      .fatal, .tooManyConnections, "the proxy has \(limit) sessions, as many as it may",
      hint: "Close connections that you do not need. Operators: limits.sessionsMax in proxy.yaml.")
  }

  static func tooManyHalfOpen() -> ErrorResponse {
    ErrorResponse(
      .fatal, .tooManyConnections, "too many connections from this address are not logged in yet",
      hint: "Try again in a moment. Operators: limits.halfOpenPerAddressMax in proxy.yaml.")
  }

  static func loginTimeout() -> ErrorResponse {
    ErrorResponse(.fatal, .queryCanceled, "canceling authentication due to timeout", hint: "Connect again.")
  }

  // MARK: The end

  static func leaseEnded(_ reason: String) -> ErrorResponse {
    ErrorResponse(
      .fatal, .adminShutdown, "terminating connection: \(reason)",
      hint: "Ask for a new lease with `issuerctl grant SCOPE`, or renew one in time with `issuerctl renew`.")
  }

  static func shutdown() -> ErrorResponse {
    ErrorResponse(.fatal, .adminShutdown, "terminating connection: the proxy is shutting down", hint: "Connect again.")
  }

  static func idle(seconds: Int) -> ErrorResponse {
    ErrorResponse(
      .fatal, .idleSessionTimeout, "terminating connection: idle for \(seconds) s, the limit of this scope",
      hint: "Connect again.")
  }

  static func lexicalSettings() -> ErrorResponse {
    ErrorResponse(
      .fatal, .featureNotSupported, "this session needs client_encoding UTF8 and standard_conforming_strings on",
      detail: "Other settings change how the text of statements is read, and what was checked would not be what runs.",
      hint: "Unset PGCLIENTENCODING and options that change them; the server's own defaults must be these, too.")
  }

  static func auditFailed() -> ErrorResponse {
    ErrorResponse(
      .fatal, .ioError, "terminating connection: the audit log cannot be written, and nothing runs unrecorded",
      hint: "Operators: see the log of this proxy and the disk of its audit directory.")
  }

  // MARK: Statements

  static func refused(_ refusal: Refusal) -> ErrorResponse {
    let classes = refusal.classes.sorted().map(\.rawValue).joined(separator: ", ")
    return ErrorResponse(
      .error, SQLState(refusal.sqlState) ?? .insufficientPrivilege,
      "statement refused by policy rule \(refusal.rule) (\(classes))",
      detail: refusal.reason, hint: refusal.next)
  }

  static func unparsed(_ failure: ParseFailure) -> ErrorResponse {
    let state: SQLState =
      switch failure.reason {
      case .syntax: .syntaxError
      case .tooLong: .programLimitExceeded
      case .tooComplex: .statementTooComplex
      case .encoding: .characterNotInRepertoire
      }
    let newer =
      " What came after PostgreSQL \(SQLAnalyser.grammarMajor) must be said in its words: RETURNING old.a, new.b without WITH (...)."
    return ErrorResponse(
      .error, state, failure.message,
      hint: "The proxy must understand a statement before it lets it through; this one it does not."
        + (failure.reason == .syntax ? newer : ""), position: failure.position)
  }

  static func functionCall() -> ErrorResponse {
    ErrorResponse(
      .error, .featureNotSupported, "a fast-path function call cannot be judged, and this session has guardrails or masks",
      hint: "Call the function in a SELECT.")
  }

  static func untranslatable(_ refusal: TranslationRefusal, text: [UInt8]) -> ErrorResponse {
    let characters = text.prefix(refusal.offset).lazy.filter { $0 & 0xc0 != 0x80 }.count
    return ErrorResponse(.error, .featureNotSupported, refusal.message, hint: refusal.next, position: characters + 1)
  }

  static func tooOften(perMinute: Int, waitSeconds: Int) -> ErrorResponse {
    ErrorResponse(
      .error, .configurationLimitExceeded, "more than \(perMinute) statements a minute, the limit of this scope",
      hint: "Wait \(waitSeconds) s, or ask for a scope with a higher limit.")
  }

  static func tooSlow(seconds: Int) -> ErrorResponse {
    ErrorResponse(
      .error, .queryCanceled, "canceling statement: it ran for \(seconds) s, the limit of this scope",
      hint: "Make it smaller, or ask for a scope with a higher limit.")
  }

  static func rowTooLong(_ bytes: Int, bytesMax: Int) -> ErrorResponse {
    ErrorResponse(
      .error, .configurationLimitExceeded,
      "the server would send a row of \(bytes) bytes, and the proxy looks into no more than \(bytesMax)",
      hint: "Select fewer or shorter columns, or ask for a scope without detectors and best-effort masks.")
  }

  static func deniedOutput(table: String, column: String) -> ErrorResponse {
    ErrorResponse(
      .error, .insufficientPrivilege, "permission denied for column \(column) of \(table)",
      detail: "Policy shows nothing of it (deny), or it was added since the policy was loaded.",
      hint: "Name the columns that you need, without this one.")
  }

  static func maskedOutput(table: String, column: String) -> ErrorResponse {
    ErrorResponse(
      .error, .insufficientPrivilege, "the server would send \(table).\(column), which is masked for this session",
      detail: "Nothing of it was passed on, and an alarm is on the record.",
      hint: "Operators: the role can read a masked column; see `issuerctl status` and the findings of the scope.")
  }
}
