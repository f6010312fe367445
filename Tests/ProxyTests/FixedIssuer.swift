import Foundation
import IssuerAPI
import OpenSSL
import Policy
import PostgresWire
import Proxy
import Reactor
import Synchronization

/// An issuer for tests: knows one set of roles, checks the client's proof as the real one does, and sends what events a test wants.
final class FixedIssuer: IssuerConnection {
  struct Role: Sendable {
    var lease: String
    var connectSecret: String
    var keys: ScramKeys
    var salt: [UInt8]
    var iterations: Int
    var database: String
    var policy: SessionPolicy
    var remainingMilliseconds = 3_600_000
    var lookupKey: String?
  }

  private struct Login: ~Copyable, Sendable {
    var server: ScramServer
    var begin: ProxyLoginBegin
  }
  private struct State: ~Copyable, Sendable {
    var roles: [String: Role] = [:]
    var logins: [String: ProxyLoginBegin] = [:]
    var nonces: [String: String] = [:]
    var ended: [String: String] = [:]
    /// All events so far, and how many each proxy has had of them.
    var events: [(event: ProxyEvent, except: String?)] = []
    var told: [String: Int] = [:]
    var isReachable = true
    var sessions = 0
  }
  private let state = Mutex(State())
  private static let salt: [UInt8] = Array("connect salt 123".utf8)

  struct Unreachable: Error {}

  func add(_ name: String, _ role: Role) { state.withLock { $0.roles[name] = role } }
  func send(_ event: ProxyEvent) { state.withLock { $0.events.append((event, nil)) } }
  func setReachable(_ isReachable: Bool) { state.withLock { $0.isReachable = isReachable } }
  /// Why sessions ended, by id.
  var ended: [String: String] { state.withLock { $0.ended } }

  func logins(on loop: EventLoop) -> any LoginQuestions { Questions(issuer: self) }

  /// Answers at once.
  private final class Questions: LoginQuestions {
    let issuer: FixedIssuer
    init(issuer: FixedIssuer) { self.issuer = issuer }

    func begin(_ login: ProxyLoginBegin, answered: @escaping (Result<ProxyLoginChallenge, any Error>) -> Void) {
      answered(Result { try issuer.begin(login) })
    }
    func prove(login: String, _ proof: ProxyLoginProof, answered: @escaping (Result<ProxySession, any Error>) -> Void) {
      answered(Result { try issuer.prove(login: login, proof) })
    }
  }

  private func begin(_ login: ProxyLoginBegin) throws -> ProxyLoginChallenge {
    let nonce = Base64.encode(randomBytes(18))
    let server = try Self.exchange(login, nonce: nonce)
    let id = UUID().uuidString
    return try state.withLock { state in
      guard state.isReachable else { throw Unreachable() }
      state.logins[id] = login
      state.nonces[id] = nonce
      return ProxyLoginChallenge(login: id, serverFirst: server.first)
    }
  }

  private func prove(login id: String, _ proof: ProxyLoginProof) throws -> ProxySession {
    let (begin, nonce, role) = try state.withLock { state in
      guard state.isReachable else { throw Unreachable() }
      guard let begin = state.logins.removeValue(forKey: id), let nonce = state.nonces.removeValue(forKey: id) else {
        throw APIError(code: "not_found", message: "there is no such login", next: "begin anew")
      }
      return (begin, nonce, state.roles[begin.role])
    }
    let refusal = APIError(code: "forbidden", message: "no lease, or a wrong secret", next: "issuerctl grant")
    guard let role else { throw refusal }
    let verifier = ScramKeys(password: Array(role.connectSecret.utf8), salt: Self.salt, iterations: 4096)
      .verifier(salt: Self.salt, iterations: 4096)
    let serverFinal: String
    do {
      serverFinal = try Self.exchange(begin, nonce: nonce)
        .verify(proof.clientFinal, verifier: verifier, channelBinding: begin.channelBinding.flatMap { Base64.decode($0) })
    } catch { throw refusal }
    let number = state.withLock { state in
      state.sessions += 1
      return state.sessions
    }
    return ProxySession(
      id: "session-\(number)", serverFinal: serverFinal, lease: role.lease, role: begin.role, person: "alice",
      database: role.database,
      reason: "INC-1", remainingMilliseconds: role.remainingMilliseconds,
      backend: ProxyBackend(
        salt: Base64.encode(role.salt), iterations: role.iterations, clientKey: Base64.encode(role.keys.clientKey.copied),
        serverKey: Base64.encode(role.keys.serverKey.copied), serverMajor: 15), policy: role.policy,
      lookupKey: role.lookupKey)
  }

  private static func exchange(_ begin: ProxyLoginBegin, nonce: String) throws -> ScramServer {
    let first = try ScramServer.ClientFirst(begin.clientFirst, plusChosen: begin.plus, plusOffered: begin.channelBinding != nil)
    return ScramServer(first, nonce: nonce, salt: salt, iterations: 4096)
  }

  func endSession(_ id: String, _ end: ProxySessionEnd) throws { state.withLock { $0.ended[id] = end.why } }

  func cancel(_ cancel: ProxyCancel) throws {
    try state.withLock { state in
      guard state.isReachable else { throw Unreachable() }
      state.events.append((.cancelRequested(processID: cancel.processID, secret: cancel.secret), cancel.proxy))
    }
  }

  func checkpoint(_ checkpoint: ProxyCheckpoint) throws -> ProxyCheckpointSigned { throw Unreachable() }

  func events(_ open: ProxyEventsOpen, goesOn: @escaping @Sendable () -> Bool, receive: (ProxyEvent) -> Bool) throws {
    guard receive(.heartbeat) else { return }
    while goesOn(), state.withLock({ $0.isReachable }) {
      let events = state.withLock { state in
        defer { state.told[open.proxy] = state.events.count }
        return Array(state.events[state.told[open.proxy, default: 0]...])
      }
      for (event, except) in events where except != open.proxy && !receive(event) { return }
      usleep(2000)
    }
  }
}
