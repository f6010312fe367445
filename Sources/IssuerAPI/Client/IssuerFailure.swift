import Glibc

/// Why a call of the issuer did not succeed.
public struct IssuerFailure: Error, Sendable, Equatable {
  public enum Kind: Sendable, Equatable {
    /// No answer, and the request was not carried out.
    case unreachable
    /// No whole answer: whether the request was carried out is unknown. Requests with an idempotency key can be sent again.
    case lost
    /// 401: the issuer does not know who calls.
    case unauthorized
    /// 403: policy or an approver says no.
    case denied
    case notFound
    /// 409, 410, 412: not in this state.
    case conflict
    /// 400, 413, 415, 422.
    case invalid
    /// 429, 503: try again later.
    case unavailable
    /// Any other status, and answers that are not what the API says.
    case failed
  }
  public var kind: Kind
  /// The API's code, or `unreachable`, `tls`, `timeout`, `lost`, `malformed`.
  public var code: String
  public var message: String
  public var next: String

  public init(kind: Kind, code: String, message: String, next: String) {
    self.kind = kind
    self.code = code
    self.message = message
    self.next = next
  }

  init(status: Int, error: APIError) {
    kind =
      switch status {
      case 401: .unauthorized
      case 403: .denied
      case 404: .notFound
      case 409, 410, 412: .conflict
      case 400, 413, 415, 422: .invalid
      case 429, 503: .unavailable
      default: .failed
      }
    (code, message, next) = (error.code, error.message, error.next)
  }

  /// In words for people.
  public init(_ failure: HTTPFailure, at endpoint: HTTPEndpoint) {
    let place =
      switch endpoint {
      case .unixSocket(let path): "the socket \(path)"
      case .https(let base, _): base
      }
    switch failure {
    case .unreachable(let text):
      self.init(
        kind: .unreachable, code: "unreachable", message: "no issuer answers at \(place): \(Self.reason(endpoint) ?? text)",
        next: "is issuerd running? systemctl status issuerd; another place is given by --socket or --url")
    case .tls(let text):
      self.init(
        kind: .unreachable, code: "tls", message: "the issuer at \(place) cannot be trusted: \(text)",
        next: "give the file of its authority with --ca-file")
    case .timedOut(let text):
      self.init(
        kind: .lost, code: "timeout", message: "the issuer at \(place) did not answer in time: \(text)",
        next: "look at its log, and try again")
    case .lost(let text):
      self.init(
        kind: .lost, code: "lost", message: "the connection to the issuer at \(place) was lost: \(text)", next: "try again")
    case .stopped:
      self.init(
        kind: .failed, code: "malformed", message: "the issuer at \(place) answered with more than can be taken",
        next: "ask with a narrower filter")
    }
  }

  /// libcurl's text speaks of a host and port, which a socket does not have.
  private static func reason(_ endpoint: HTTPEndpoint) -> String? {
    guard case .unixSocket(let path) = endpoint else { return nil }
    if unsafe access(path, W_OK) == 0 { return "nobody listens on it" }
    return errno == EACCES ? "you may not use it" : "it does not exist"
  }
}
