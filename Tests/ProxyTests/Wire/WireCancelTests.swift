import IssuerAPI
import PostgresWire
import Reactor
import Synchronization
import TestSupport
import Testing

@testable import Proxy

/// CancelRequests that come to another proxy than the session's, as behind a balancer.
@Suite(.serialized) struct WireCancelTests {
  /// Two proxies beside each other, with one issuer.
  private struct Scene {
    let here: ProxyWorld
    let other: ProxyWorld

    init(_ server: PostgresServer) throws {
      here = try ProxyWorld(server, plaintext: true)
      other = try ProxyWorld(server, issuer: here.issuer, name: "other-proxy", plaintext: true)
    }

    func request(_ key: CancelKey, at world: ProxyWorld) throws {
      let client = try WireClient(port: world.port)
      try client.send(StartupPacket.cancelRequest(key).bytes)
      #expect(try client.peer.readToEnd().isEmpty)
    }
  }

  private static let server = Result { try PostgresServer(tls: true) }

  @Test(arguments: [StartupMessage.Version.oldest, .newest])
  func `a CancelRequest at another proxy reaches the session, if its secret is right`(version: StartupMessage.Version) throws {
    let scene = try Scene(Self.server.get())
    let client = try WireClient(scene.here, version: version)
    let key = try #require(client.cancelKey)
    try client.send { Query("SELECT pg_sleep(60)").encode(into: &$0) }
    try eventually("the query runs") { try scene.here.running("pg_sleep") == 1 }
    var wrong = key.secret
    wrong[0] ^= 1
    // Events come in their order: when the right one has cancelled, the wrong ones were looked at before.
    for secret in [wrong, key.secret + [0], Array(repeating: 0, count: 256)] {
      try scene.request(CancelKey(processID: key.processID, secret: secret)!, at: scene.other)
    }
    try eventually("the foreign keys are passed on") { scene.other.service.metrics.value(.cancelsPassedOn) == 3 }
    #expect(scene.here.service.metrics.value(.cancels) == 0)
    #expect(try scene.here.running("pg_sleep") == 1)
    try scene.request(key, at: scene.other)
    #expect(try client.readUntilReady().map(\.line).suffix(2) == ["ErrorResponse ERROR 57014", "ReadyForQuery I"])
    #expect(scene.here.service.metrics.value(.cancels) == 1)
    #expect(scene.other.service.metrics.value(.cancels) == 0)
    // What came by way of the issuer goes no further.
    #expect(scene.here.service.metrics.value(.cancelsPassedOn) == 0)
  }

  @Test func `the same process number at two proxies, of two servers, is told apart by the secret`() throws {
    let issuer = FixedIssuer()
    let pool = try BlockingPool(threadCount: 1, waitingMax: 10)
    defer { pool.stop() }
    let hits = Mutex<[String]>([])
    func router(_ name: String) -> (CancelRouter, CancelKey) {
      let registry = CancelRegistry()
      let key = registry.register(processID: 4711, secretBytes: 4) { _ in hits.withLock { $0.append(name) } }
      return (CancelRouter(registry: registry, issuer: issuer, pool: pool, proxy: name, metrics: Metrics()), key)
    }
    let ((one, oneKey), (other, otherKey)) = (router("one"), router("other"))
    one.requested(otherKey, from: "10.0.0.1", nowMilliseconds: 5000)
    one.requested(oneKey, from: "10.0.0.1", nowMilliseconds: 5000)
    #expect(hits.withLock { $0 } == ["one"])
    func receive(_ event: ProxyEvent) -> Bool {
      guard case .cancelRequested(let processID, let secret) = event else { return true }
      other.passedOn(processID: processID, secret: secret)
      return false
    }
    try issuer.events(ProxyEventsOpen(proxy: "other", leases: []), goesOn: { true }, receive: receive)
    #expect(hits.withLock { $0 } == ["one", "other"])
  }

  @Test func `a CancelRequest whose connection has ended hits nothing that is sent afterwards`() throws {
    let world = try ProxyWorld(Self.server.get(), plaintext: true)
    let client = try WireClient(world)
    let key = try #require(client.cancelKey)
    for round in 0..<50 {
      #expect(try client.value("SELECT 'first'") == "first")
      let request = try WireClient(port: world.port)
      try request.send(StartupPacket.cancelRequest(key).bytes)
      #expect(try request.peer.readToEnd().isEmpty)
      let next = try client.value("SELECT 'next' FROM pg_sleep(0.01)")
      try #require(next == "next", "round \(round)")
    }
  }

  @Test func `without the issuer a foreign key does nothing, and one of our own still works`() throws {
    let scene = try Scene(Self.server.get())
    let client = try WireClient(scene.here)
    let key = try #require(client.cancelKey)
    try client.send { Query("SELECT pg_sleep(60)").encode(into: &$0) }
    try eventually("the query runs") { try scene.here.running("pg_sleep") == 1 }
    scene.here.issuer.setReachable(false)
    try scene.request(key, at: scene.other)
    try eventually("it is dropped") { scene.other.service.metrics.value(.cancelsDropped) == 1 }
    #expect(try scene.here.running("pg_sleep") == 1)
    try scene.request(key, at: scene.here)
    #expect(try client.readUntilReady().map(\.line).contains("ErrorResponse ERROR 57014"))
  }

  @Test func `a flood of foreign keys is passed on up to a ceiling, for each address and for all`() {
    let ceiling = CancelCeiling()
    func pass(_ address: String, _ count: Int, at milliseconds: UInt64) -> Int {
      (0..<count).count { _ in
        defer { ceiling.leave() }
        return ceiling.enter(address, nowMilliseconds: milliseconds)
      }
    }
    #expect(pass("10.0.0.1", 1000, at: 5000) == CancelCeiling.perAddressMax)
    #expect(pass("10.0.0.1", 1000, at: 5999) == 0)
    let others = (2...100).map { pass("10.0.0.\($0)", 1000, at: 5500) }.reduce(0, +)
    #expect(others == CancelCeiling.totalMax - CancelCeiling.perAddressMax)
    #expect(pass("10.0.0.1", 1000, at: 6000) == CancelCeiling.perAddressMax)
    // An issuer that does not answer.
    let slow = CancelCeiling()
    let taken = (0..<1000).count { slow.enter("10.0.1.\($0 % 100)", nowMilliseconds: 0) }
    #expect(taken == CancelCeiling.underWayMax)
  }
}
