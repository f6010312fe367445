import IssuerAPI
import Reactor

/// What the proxy asks of the issuer (DESIGN section 2.2). Every call blocks and so runs on a pool's thread, never on a loop; logins, for
/// which somebody waits, are asked about from the loop itself.
/// An `APIError` is the issuer's refusal; any other error means that it could not be asked.
public protocol IssuerConnection: Sendable {
  /// The way to ask about logins from this loop. On its thread.
  func logins(on loop: EventLoop) -> any LoginQuestions
  func endSession(_ id: String, _ end: ProxySessionEnd) throws
  /// Has a cancel key shown to the other proxies.
  func cancel(_ cancel: ProxyCancel) throws
  func checkpoint(_ checkpoint: ProxyCheckpoint) throws -> ProxyCheckpointSigned
  /// Hands in events until the stream ends, or `receive` or `goesOn` (asked about once a second) says false.
  func events(_ open: ProxyEventsOpen, goesOn: @escaping @Sendable () -> Bool, receive: (ProxyEvent) -> Bool) throws
}

/// The two questions of a login, asked from a loop and answered on it, perhaps before the call returns.
public protocol LoginQuestions: AnyObject {
  func begin(_ login: ProxyLoginBegin, answered: @escaping (Result<ProxyLoginChallenge, any Error>) -> Void)
  func prove(login: String, _ proof: ProxyLoginProof, answered: @escaping (Result<ProxySession, any Error>) -> Void)
}
