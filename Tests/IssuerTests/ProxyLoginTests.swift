import Foundation
import IssuerAPI
import OpenSSL
import PostgresClient
import PostgresWire
import Synchronization
import TestSupport
import Testing

@testable import Issuer

@Suite(.serialized) struct ProxyLoginTests {
  static let fixture = Task { try await IssuerFixture() }

  @Test func `a lease's secret opens a session, and its keys log in to PostgreSQL`() async throws {
    let issuer = try await Self.fixture.value
    let request = try issuer.ask("shop-read")
    let connection = try #require(request.connection)
    let session = try issuer.login(role: connection.user, password: connection.password)
    #expect(session.lease == request.lease?.id)
    #expect(session.person == IssuerFixture.user)
    #expect(session.remainingMilliseconds > 0)
    #expect(session.policy.maskedTables.contains { $0.table == "customers" })
    #expect(session.backend.iterations == 1)
    let keys = ScramKeys(
      clientKey: WipedBytes(try #require(Data(base64Encoded: session.backend.clientKey))),
      serverKey: WipedBytes(try #require(Data(base64Encoded: session.backend.serverKey))))
    let salt = Array(try #require(Data(base64Encoded: session.backend.salt)))
    let verifier = try #require(keys).verifier(salt: salt, iterations: session.backend.iterations).postgresText
    let stored = try issuer.server.connect().query("SELECT rolpassword FROM pg_authid WHERE rolname = $1", [connection.user])
    #expect(try stored.single().string("rolpassword") == verifier)
    #expect(try issuer.client.sessions().items.contains { $0.id == session.id })
    try issuer.proxy.endSession(session.id, why: "client left")
    #expect(try !issuer.client.sessions().items.contains { $0.id == session.id })
  }

  @Test func `the connect secret is not the role's password`() async throws {
    let issuer = try await Self.fixture.value
    let connection = try #require(try issuer.ask("shop-read").connection)
    let failure = #expect(throws: PostgresError.self) {
      _ = try issuer.server.connect(user: connection.user, password: connection.password, database: "shop")
    }
    #expect(failure?.sqlState == .invalidPassword)
  }

  @Test func `channel binding holds the proxy's certificate`() async throws {
    let issuer = try await Self.fixture.value
    let connection = try #require(try issuer.ask("shop-read").connection)
    let digest = [UInt8](repeating: 7, count: 32)
    #expect(try issuer.login(role: connection.user, password: connection.password, binding: digest).role == connection.user)
  }

  @Test func `a wrong password, an unknown role and another database are refused alike`() async throws {
    let issuer = try await Self.fixture.value
    let connection = try #require(try issuer.ask("shop-read").connection)
    let failures = [
      #expect(throws: IssuerFailure.self) { try issuer.login(role: connection.user, password: "wrong") },
      #expect(throws: IssuerFailure.self) { try issuer.login(role: "jit_nobody_aaaaaaaaaa", password: "wrong") },
      #expect(throws: IssuerFailure.self) {
        try issuer.login(role: connection.user, password: connection.password, database: "postgres")
      },
    ]
    #expect(Set(failures.map { $0?.code }) == ["login_refused"])
    #expect(Set(failures.map { $0?.message }).count == 1)
  }

  @Test func `wrong passwords from one address lock that address out of a role, and nobody else`() async throws {
    let issuer = try await Self.fixture.value
    let connection = try #require(try issuer.ask("shop-read").connection)
    let codes = (0..<21).map { _ in
      #expect(throws: IssuerFailure.self) {
        try issuer.login(role: connection.user, password: "wrong", from: "192.0.2.1:4000")
      }?.code
    }
    #expect(codes == Array(repeating: "login_refused", count: 20) + ["rate_limited"])
    #expect(try issuer.login(role: connection.user, password: connection.password).role == connection.user)
  }

  @Test func `an unknown role is challenged with the same salt every time`() async throws {
    let issuer = try await Self.fixture.value
    func salt() throws -> Substring? {
      let first = try issuer.proxy.beginLogin(
        ProxyLoginBegin(
          proxy: "proxy-1", role: "jit_unknown_bbbbbbbbbb", database: "shop", clientAddress: "127.0.0.1:1",
          clientFirst: "n,,n=,r=abc",
          channelBinding: nil, plus: false)
      ).serverFirst
      return first.split(separator: ",").first { $0.hasPrefix("s=") }
    }
    #expect(try salt() == salt())
  }

  @Test func `a login is proved once`() async throws {
    let issuer = try await Self.fixture.value
    let connection = try #require(try issuer.ask("shop-read").connection)
    var client = ScramClient(
      .password(WipedBytes(Array(connection.password.utf8))), nonce: "abcdefghijklmnopqrstuvwx", binding: .none)
    let challenge = try issuer.proxy.beginLogin(
      ProxyLoginBegin(
        proxy: "proxy-1", role: connection.user, database: "shop", clientAddress: "127.0.0.1:5000", clientFirst: client.first,
        channelBinding: nil, plus: false))
    let proof = ProxyLoginProof(clientFinal: try client.answer(challenge.serverFirst))
    _ = try issuer.proxy.proveLogin(challenge.login, proof)
    #expect(throws: IssuerFailure.self) { try issuer.proxy.proveLogin(challenge.login, proof) }
  }

  @Test func `a revoked lease is told to the proxy, and opens no more sessions`() async throws {
    let issuer = try await Self.fixture.value
    let request = try issuer.ask("shop-read")
    let connection = try #require(request.connection)
    let lease = try #require(request.lease)
    let told = Task.detached { () -> ProxyEvent? in
      var found: ProxyEvent?
      try issuer.proxy.proxyEvents(ProxyEventsOpen(proxy: "proxy-1", leases: [lease.id])) { event in
        if case .leaseEnded(lease.id, _) = event { found = event }
        return found == nil
      }
      return found
    }
    try await until("the stream is open") { try issuer.client.status().proxies.contains { $0.name == "proxy-1" && $0.connected } }
    _ = try issuer.client.revoke(lease.id, reason: "test")
    #expect(try await told.value != nil)
    #expect(throws: IssuerFailure.self) { try issuer.login(role: connection.user, password: connection.password) }
  }

  @Test func `a cancel key of one proxy is told to the others and not to itself, up to a ceiling`() async throws {
    let issuer = try await Self.fixture.value
    // On threads of their own: a stream blocks, and tasks have no more threads than there are cores.
    let heard = Mutex<[String: ProxyEvent]>([:])
    for proxy in ["cancel-1", "cancel-2"] {
      Thread.detachNewThread {
        try? issuer.proxy.proxyEvents(ProxyEventsOpen(proxy: proxy, leases: [])) { event in
          guard case .cancelRequested = event else { return true }
          heard.withLock { $0[proxy] = event }
          return false
        }
      }
    }
    try await until("the streams are open") {
      let connected = try issuer.client.status().proxies.filter(\.connected).map(\.name)
      return connected.contains("cancel-1") && connected.contains("cancel-2")
    }
    try issuer.proxy.cancel(ProxyCancel(proxy: "cancel-1", processID: 4711, secret: "AQIDBA=="))
    try await until("the other is told") { heard.withLock { $0["cancel-2"] } != nil }
    #expect(heard.withLock { $0["cancel-2"] } == .cancelRequested(processID: 4711, secret: "AQIDBA=="))
    try issuer.proxy.cancel(ProxyCancel(proxy: "cancel-2", processID: 4712, secret: "AQIDBQ=="))
    try await until("the one is told") { heard.withLock { $0["cancel-1"] } != nil }
    #expect(heard.withLock { $0["cancel-1"] } == .cancelRequested(processID: 4712, secret: "AQIDBQ=="))
    for secret in ["AQID", Data(repeating: 1, count: 257).base64EncodedString(), "no base64!"] {
      let failure = #expect(throws: IssuerFailure.self) {
        try issuer.proxy.cancel(ProxyCancel(proxy: "cancel-1", processID: 1, secret: secret))
      }
      #expect(failure?.code == "invalid")
    }
    let limiter = FailureLimiter(countMax: IssuerService.cancelsPerSecondMax, period: .seconds(1))
    let now = ContinuousClock.now
    for _ in 0..<IssuerService.cancelsPerSecondMax {
      #expect(!limiter.isBlocked("cancel-1", now: now))
      limiter.failed("cancel-1", now: now)
    }
    #expect(limiter.isBlocked("cancel-1", now: now) && !limiter.isBlocked("cancel-2", now: now))
  }

  @Test func `a proxy's chain head is signed, kept, and never goes backwards`() async throws {
    let issuer = try await Self.fixture.value
    let head = Data(repeating: 1, count: 32).base64EncodedString()
    let signed = try issuer.proxy.sign(ProxyCheckpoint(writer: "proxy-1", sequence: 10, head: head))
    #expect(try issuer.client.auditPublicKey().publicKey == signed.publicKey)
    #expect(try issuer.client.checkpoints(writer: "proxy-1").items.first?.sequence == 10)
    #expect(throws: IssuerFailure.self) { try issuer.proxy.sign(ProxyCheckpoint(writer: "proxy-1", sequence: 9, head: head)) }
    #expect(throws: IssuerFailure.self) { try issuer.proxy.sign(ProxyCheckpoint(writer: "issuerd", sequence: 9, head: head)) }
  }
}
