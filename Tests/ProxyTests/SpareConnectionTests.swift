import Policy
import PostgresClient
import Reactor
import Synchronization
import TestSupport
import Testing

@testable import Proxy

/// Connections to the server that are ready before a login needs one.
@Suite(.serialized) struct SpareConnectionTests {
  static let running = Result { try PostgresServer(settings: ["log_connections = on"]) }

  private func world(_ most: Int = 4) throws -> ProxyWorld {
    try ProxyWorld(
      try Self.running.get(),
      limits: {
        $0.workers = 1
        $0.backend.spareConnectionsMax = most
      })
  }

  private func ready(_ world: ProxyWorld) -> Int { world.service.metrics.value(.spares) }
  private func taken(_ world: ProxyWorld) -> Int { world.service.metrics.value(.sparesTaken) }

  @Test func `the first login makes one, and the next takes it`() throws {
    let world = try world()
    #expect(ready(world) == 0)
    for round in 0..<5 {
      let connection = try world.connect()
      #expect(try connection.query("SELECT 1 AS n").single().integer("n") == 1)
      #expect(taken(world) == round)
      try eventually("one is ready") { ready(world) == 1 }
    }
  }

  @Test func `who does not prove himself has none made and takes none`() throws {
    let world = try world()
    let received = { try Self.running.get().log.components(separatedBy: "connection received").count }
    let before = try received()
    for _ in 0..<3 { #expect(try world.psql(["SELECT 1"], secret: "wrong").status != 0) }
    #expect(ready(world) == 0 && taken(world) == 0)
    #expect(try received() == before, "the server was not even connected to")
    _ = try world.connect()
    try eventually("one is ready") { ready(world) == 1 }
    #expect(try world.psql(["SELECT 1"], secret: "wrong").status != 0)
    #expect(ready(world) == 1 && taken(world) == 0)
  }

  @Test func `with zero there are none`() throws {
    let world = try world(0)
    for _ in 0..<3 { #expect(try world.connect().query("SELECT 1 AS n").single().integer("n") == 1) }
    #expect(ready(world) == 0 && taken(world) == 0)
  }

  @Test func `there are no more than the ceiling, and none is taken twice`() throws {
    let server = try Self.running.get()
    let (loop, metrics) = (try EventLoop(), Metrics())
    let resolver = try BlockingPool(threadCount: 1, waitingMax: 1)
    let addresses = HostAddresses(host: PostgresServer.host, port: server.port, resolver: resolver)
    let target = DialTarget(name: "server", addresses: addresses, upgrade: nil, timeoutSeconds: 10)
    let spares = LoopBound(SpareConnections(countMax: 2, loop: loop, metrics: metrics), loop: loop)
    try loop.start()
    defer {
      loop.stop()
      resolver.stop()
    }
    loop.execute { for _ in 0..<5 { spares.value.prepare(target) } }
    try eventually("they are ready") { metrics.value(.spares) == 2 }
    let taken = Mutex<[Bool]>([])
    loop.execute {
      let streams = (0..<3).map { _ in spares.value.take(nil) }
      taken.withLock { $0 = streams.map { $0 != nil } }
      for stream in streams { stream?.close() }
    }
    try eventually("they are taken") { taken.withLock { $0 } == [true, true, false] }
    #expect(metrics.value(.spares) == 0 && metrics.value(.sparesTaken) == 2)
  }

  @Test func `one that the server ended is not taken`() throws {
    let server = try PostgresServer()
    let world = try ProxyWorld(server, limits: { $0.workers = 1 })
    _ = try world.connect()
    try eventually("one is ready") { ready(world) == 1 }
    try server.shutDown()
    try eventually("it is gone") { ready(world) == 0 }
    try server.start()
    #expect(try world.connect().query("SELECT 1 AS n").single().integer("n") == 1)
    #expect(taken(world) == 0)
  }

  @Test func `one that was made with other certificates is not taken`() throws {
    let server = try PostgresServer(tls: true)
    let world = try ProxyWorld(server, limits: { $0.workers = 1 })
    _ = try world.connect()
    try eventually("one is ready") { ready(world) == 1 }
    world.service.reload()
    _ = try world.connect()
    #expect(taken(world) == 0)
    try eventually("a new one is ready") { ready(world) == 1 }
    _ = try world.connect()
    #expect(taken(world) == 1)
  }

  @Test func `the server counts none among its sessions`() throws {
    let world = try world()
    let connection = try world.connect()
    try eventually("one is ready") { ready(world) == 1 }
    #expect(try world.backends() == 1)
    let others = try Self.running.get().connect().query(
      """
      SELECT count(*) AS n FROM pg_locks WHERE locktype = 'virtualxid'
        AND pid NOT IN (SELECT pid FROM pg_stat_activity WHERE usename IS NOT NULL)
      """)
    // What an eviction waits for: logins half-way.
    #expect(try others.single().integer("n") == 0)
    _ = connection
  }
}
