import IssuerAPI
import Reactor

/// The issuer over its socket for proxies.
public struct IssuerSocket: IssuerConnection {
  private let client: IssuerClient
  private let path: String

  /// `path`: the issuer's socket for proxies.
  public init(path: String) {
    client = IssuerClient(.unixSocket(path))
    self.path = path
  }

  public func logins(on loop: EventLoop) -> any LoginQuestions { SocketLogins(client.http.endpoint, path: path, loop: loop) }
  public func endSession(_ id: String, _ end: ProxySessionEnd) throws {
    try IssuerFailure.told { try client.endSession(id, why: end.why) }
  }
  public func cancel(_ cancel: ProxyCancel) throws { try IssuerFailure.told { try client.cancel(cancel) } }
  public func checkpoint(_ checkpoint: ProxyCheckpoint) throws -> ProxyCheckpointSigned {
    try IssuerFailure.told { try client.sign(checkpoint) }
  }
  public func events(_ open: ProxyEventsOpen, goesOn: @escaping @Sendable () -> Bool, receive: (ProxyEvent) -> Bool) throws {
    try client.proxyEvents(open, goesOn: goesOn, receive: receive)
  }
}

/// Logins over the same socket, by a loop.
private final class SocketLogins: LoginQuestions {
  private let calls: LoopCalls
  private let endpoint: HTTPEndpoint

  init(_ endpoint: HTTPEndpoint, path: String, loop: EventLoop) {
    self.endpoint = endpoint
    calls = LoopCalls(path: path, loop: loop)
  }

  func begin(_ login: ProxyLoginBegin, answered: @escaping (Result<ProxyLoginChallenge, any Error>) -> Void) {
    ask({ () throws(IssuerFailure) in try .begin(login) }, answered)
  }

  func prove(login: String, _ proof: ProxyLoginProof, answered: @escaping (Result<ProxySession, any Error>) -> Void) {
    ask({ () throws(IssuerFailure) in try .prove(login, proof) }, answered)
  }

  private func ask<Answer>(
    _ make: () throws(IssuerFailure) -> IssuerCall<Answer>, _ answered: @escaping (Result<Answer, any Error>) -> Void
  ) {
    let call: IssuerCall<Answer>
    do { call = try make() } catch { return answered(.failure(error)) }
    calls.post(call.target, call.body) { [endpoint] result in
      answered(
        Result {
          try IssuerFailure.told {
            switch result {
            case .success(let answer): try call.read(answer)
            case .failure(let failure): throw IssuerFailure(failure, at: endpoint)
            }
          }
        })
    }
  }
}

extension IssuerFailure {
  /// A refusal becomes an `APIError`; whatever says nothing of the login stays a failure of the call.
  fileprivate static func told<Answer>(_ call: () throws -> Answer) throws -> Answer {
    do { return try call() } catch let failure as IssuerFailure {
      switch failure.kind {
      case .denied, .notFound, .conflict, .invalid:
        throw APIError(code: failure.code, message: failure.message, next: failure.next)
      case .unreachable, .lost, .unauthorized, .unavailable, .failed: throw failure
      }
    }
  }
}
