import Foundation
import PostgresClient
import PostgresWire
import TestSupport
import Testing

@testable import Proxy

/// Much data: it arrives whole, and a side that does not read costs the proxy no memory.
@Suite(.serialized) struct WireFlowTests {
  static let server = Result { try PostgresServer() }
  static let shared = Result { try ProxyWorld(server.get(), plaintext: true) }
  /// What the proxy may hold for a session, with room for what else the test process does meanwhile.
  private static let memoryBytesMax = 48 << 20

  private func waits(_ world: ProxyWorld, on event: String) throws -> Bool {
    try world.server.connect().execute(
      script: "SELECT count(*) AS n FROM pg_stat_activity WHERE usename = '\(world.role)' AND wait_event = '\(event)'"
    ).single().integer("n") > 0
  }

  @Test(arguments: [64 << 10, (64 << 10) + 1, 1 << 20, 100 << 20])
  func `a parameter and a value of any size arrive whole`(bytes: Int) throws {
    let client = try WireClient(Self.shared.get(), deadlineSeconds: 60)
    let value = [UInt8](repeating: 0x61, count: bytes)
    let before = ResidentMemory.bytes
    try client.send {
      Parse(name: .unnamed, text: Array("SELECT length($1::text), $1::text".utf8)).encode(into: &$0)
      Bind(parameters: [value]).encode(into: &$0)
      Execute().encode(into: &$0)
      Sync().encode(into: &$0)
    }
    var header: [UInt8] = []
    while header.first != DataRow.type {
      header = try client.peer.read(5)
      if header[0] != DataRow.type { _ = try client.peer.read(header[1...].reduce(0) { $0 << 8 | Int($1) } - 4) }
    }
    // Counted, not kept: this process is also the one that is measured.
    var left = header[1...].reduce(0) { $0 << 8 | Int($1) } - 4
    #expect(left == 2 + 4 + String(bytes).utf8.count + 4 + bytes)
    while left > 0 { left -= try client.peer.readSome(max: min(left, 1 << 20)).count }
    #expect(try client.readUntilReady().map(\.line) == ["CommandComplete SELECT 1", "ReadyForQuery I"])
    // The message that the test itself has built, and what grew while it did.
    #expect(ResidentMemory.bytes - before < Self.memoryBytesMax + 4 * bytes)
  }

  @Test func `a client that does not read holds the server back, and costs no memory`() throws {
    let world = try Self.shared.get()
    let client = try WireClient(world, deadlineSeconds: 60)
    let rows = 100_000
    try client.send { Query("SELECT repeat('x', 1000) FROM generate_series(1, \(rows))").encode(into: &$0) }
    try eventually("the server waits") { try waits(world, on: "ClientWrite") }
    let held = ResidentMemory.bytes
    // Somebody else is served meanwhile.
    #expect(try WireClient(world).value("SELECT 'other'") == "other")
    #expect(try waits(world, on: "ClientWrite"))
    #expect(ResidentMemory.bytes - held < Self.memoryBytesMax)
    var received = 0
    var tail: [UInt8] = []
    while true {
      let part = try client.peer.readSome(max: 1 << 18)
      guard !part.isEmpty else { throw ScriptedPeer.Failure.closed }
      received += part.count
      tail = part.count >= 6 ? part.suffix(6) : (tail + part).suffix(6)
      if tail == [ReadyForQuery.type, 0, 0, 0, 5, UInt8(ascii: "I")] { break }
    }
    #expect(received > rows * 1_000)
    #expect(ResidentMemory.bytes - held < Self.memoryBytesMax)
  }

  @Test func `a server that does not read holds the client back, and costs no memory`() throws {
    let world = try Self.shared.get()
    try world.server.connect().execute(
      script: """
        CREATE TABLE IF NOT EXISTS slow (a text);
        CREATE OR REPLACE FUNCTION nap() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(60); RETURN NULL; END';
        CREATE OR REPLACE TRIGGER nap BEFORE INSERT ON slow FOR EACH ROW EXECUTE FUNCTION nap(); GRANT ALL ON slow TO PUBLIC
        """)
    let client = try WireClient(world, deadlineSeconds: 60)
    try client.send { Query("COPY slow FROM STDIN").encode(into: &$0) }
    #expect(try client.read().line == "CopyInResponse")
    var writer = WireWriter()
    for _ in 0..<64 { CopyData([UInt8](repeating: 0x78, count: (1 << 20) - 1) + [0x0a]).encode(into: &writer) }
    let before = ResidentMemory.bytes
    let taken = try client.peer.sendUntilStalled(writer.bytes)
    #expect(taken < writer.bytes.count / 2)
    #expect(ResidentMemory.bytes - before < Self.memoryBytesMax)
    #expect(try WireClient(world).value("SELECT 'other'") == "other")
    client.close()
    try world.terminate()
  }

  @Test func `a COPY message of 100 MB is streamed`() throws {
    let world = try Self.shared.get()
    let client = try WireClient(world, deadlineSeconds: 60)
    try client.query("CREATE TEMP TABLE t (a text)")
    try client.send { Query("COPY t FROM STDIN").encode(into: &$0) }
    #expect(try client.read().line == "CopyInResponse")
    var row = [UInt8](repeating: 0x79, count: 100 << 20)
    row.append(0x0a)
    let before = ResidentMemory.bytes
    try client.send {
      CopyData(row).encode(into: &$0)
      CopyDone().encode(into: &$0)
    }
    #expect(try client.readUntilReady().map(\.line) == ["CommandComplete COPY 1", "ReadyForQuery I"])
    #expect(ResidentMemory.bytes - before < Self.memoryBytesMax + 300 << 20)
    #expect(try client.value("SELECT length(a) FROM t") == String(100 << 20))
  }

  @Test func `what a client sends behind a running statement waits in the kernel, not in the proxy`() throws {
    let world = try Self.shared.get()
    let client = try WireClient(world, deadlineSeconds: 60)
    var writer = WireWriter()
    Query("SELECT pg_sleep(60)").encode(into: &writer)
    for _ in 0..<200_000 { Query("SELECT '\(String(repeating: "x", count: 200))'").encode(into: &writer) }
    let before = ResidentMemory.bytes
    let taken = try client.peer.sendUntilStalled(writer.bytes)
    #expect(taken < writer.bytes.count)
    #expect(ResidentMemory.bytes - before < Self.memoryBytesMax)
    client.close()
    try world.terminate()
  }

  @Test func `a client that vanishes while it is held back takes its backend along`() throws {
    let world = try ProxyWorld(Self.server.get(), plaintext: true)
    let client = try WireClient(world)
    // More than the proxy takes behind a running statement, and less than the kernel does.
    try client.send {
      Query("SELECT pg_sleep(60)").encode(into: &$0)
      for _ in 0..<2_000 { Query("SELECT '\(String(repeating: "x", count: 90))'").encode(into: &$0) }
    }
    try eventually("the query runs") { try world.running("pg_sleep") == 1 }
    client.close()
    try eventually("the backend's end") { try world.backends() == 0 }
  }
}
