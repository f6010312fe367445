import IssuerAPI

/// What the proxy asks of the issuer (DESIGN section 2.2). Every call blocks and so runs on a pool's thread, never on a loop.
/// An `APIError` is the issuer's refusal; any other error means that it could not be asked.
public protocol IssuerConnection: Sendable {
  func begin(_ login: ProxyLoginBegin) throws -> ProxyLoginChallenge
  func prove(login: String, _ proof: ProxyLoginProof) throws -> ProxySession
  func endSession(_ id: String, _ end: ProxySessionEnd) throws
  /// Has a cancel key shown to the other proxies.
  func cancel(_ cancel: ProxyCancel) throws
  func checkpoint(_ checkpoint: ProxyCheckpoint) throws -> ProxyCheckpointSigned
  /// Hands in events until the stream ends, or `receive` or `goesOn` (asked about once a second) says false.
  func events(_ open: ProxyEventsOpen, goesOn: @escaping @Sendable () -> Bool, receive: (ProxyEvent) -> Bool) throws
}
