import IssuerAPI

/// The issuer over its socket for proxies.
public struct IssuerSocket: IssuerConnection {
  private let client: IssuerClient

  /// `path`: the issuer's socket for proxies.
  public init(path: String) { client = IssuerClient(.unixSocket(path)) }

  public func begin(_ login: ProxyLoginBegin) throws -> ProxyLoginChallenge { try told { try client.beginLogin(login) } }
  public func prove(login: String, _ proof: ProxyLoginProof) throws -> ProxySession {
    try told { try client.proveLogin(login, proof) }
  }
  public func endSession(_ id: String, _ end: ProxySessionEnd) throws { try told { try client.endSession(id, why: end.why) } }
  public func cancel(_ cancel: ProxyCancel) throws { try told { try client.cancel(cancel) } }
  public func checkpoint(_ checkpoint: ProxyCheckpoint) throws -> ProxyCheckpointSigned {
    try told { try client.sign(checkpoint) }
  }
  public func events(_ open: ProxyEventsOpen, goesOn: @escaping @Sendable () -> Bool, receive: (ProxyEvent) -> Bool) throws {
    try client.proxyEvents(open, goesOn: goesOn, receive: receive)
  }

  /// A refusal becomes an `APIError`; whatever says nothing of the login stays a failure of the call.
  private func told<Answer>(_ call: () throws -> Answer) throws -> Answer {
    do { return try call() } catch let failure as IssuerFailure {
      switch failure.kind {
      case .denied, .notFound, .conflict, .invalid:
        throw APIError(code: failure.code, message: failure.message, next: failure.next)
      case .unreachable, .lost, .unauthorized, .unavailable, .failed: throw failure
      }
    }
  }
}
