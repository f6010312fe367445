import Foundation
import PostgresWire
import Synchronization
import TestSupport
import Testing

@testable import Proxy

/// Stopping (SIGTERM) and new certificates (SIGHUP) as clients see them.
@Suite(.serialized) struct WireDrainTests {
  private static let server = Result { try PostgresServer(tls: true) }

  private func world(drainSeconds: Int) throws -> ProxyWorld {
    try ProxyWorld(Self.server.get(), plaintext: true, limits: { $0.limits.drainSeconds = drainSeconds })
  }

  /// Stops the proxy on a thread of its own, as the signal does.
  private func stopping(_ world: ProxyWorld) -> Thread {
    let thread = Thread { world.service.stop() }
    thread.start()
    return thread
  }

  private static let farewell = "ErrorResponse FATAL 57P01"

  @Test func `a stop lets statements and transactions come to their end, and takes nobody new`() throws {
    let world = try world(drainSeconds: 60)
    let (idle, busy, block) = (try WireClient(world), try WireClient(world), try WireClient(world))
    try block.query("CREATE TEMP TABLE t (a int)", "BEGIN", "INSERT INTO t VALUES (1)")
    let hold = try StatementHold(world.server)
    try busy.send { Query("SELECT 'done' FROM \(hold.row)").encode(into: &$0) }
    try eventually("the query runs") { try world.running("done") == 1 }
    let thread = stopping(world)
    #expect(try idle.readToEnd().map(\.line) == [Self.farewell])
    #expect(throws: (any Error).self) { try WireClient(world, deadlineSeconds: 5) }
    try hold.end()
    let answers = try busy.readToEnd()
    #expect(answers.flatMap(\.values) == ["done"])
    #expect(answers.map(\.line).suffix(2) == ["ReadyForQuery I", Self.farewell])
    #expect(try block.value("SELECT count(*) FROM t") == "1", "the transaction goes on")
    #expect(try block.query("COMMIT") == ["CommandComplete COMMIT", "ReadyForQuery I"])
    #expect(try block.readToEnd().map(\.line) == [Self.farewell])
    try eventually("the end of the proxy") { thread.isFinished }
    try eventually("the backends' end") { try world.backends() == 0 }
    #expect(world.audit.contains("\"stopped\""))
  }

  @Test func `what still runs when the time is over is ended, and told why`() throws {
    let world = try world(drainSeconds: 1)
    let busy = try WireClient(world)
    try busy.send { Query("SELECT pg_sleep(60)").encode(into: &$0) }
    try eventually("the query runs") { try world.running("pg_sleep") == 1 }
    let thread = stopping(world)
    #expect(try busy.readToEnd().last?.line == Self.farewell)
    try eventually("the end of the proxy") { thread.isFinished }
    try eventually("the backend's end") { try world.backends() == 0 }
  }

  @Test func `new certificates end no session, not one in the middle of an answer either`() throws {
    let world = try world(drainSeconds: 1)
    let hold = try StatementHold(world.server)
    let process = try world.psqlProcess(["SELECT 'first'", "SELECT FROM \(hold.row)", "SELECT repeat('x', 100000), 'last'"])
    try eventually("the query runs") { try world.running("pg_advisory") == 1 }
    let certificate = try Data(contentsOf: URL(filePath: world.directory + "/server.pem"))
    let again = try ChildProcess.run(
      "/bin/sh",
      [
        "-ec",
        """
        openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -set_serial 4711 -days 2 -extfile extension -out new.pem 2>/dev/null
        mv new.pem server.pem
        """,
      ], currentDirectory: world.directory)
    #expect(again.status == 0, "\(again.errors)")
    #expect(try Data(contentsOf: URL(filePath: world.directory + "/server.pem")) != certificate)
    world.service.reload()
    let serial = try ChildProcess.run(
      "/bin/sh",
      [
        "-c",
        "openssl s_client -starttls postgres -connect 127.0.0.1:\(world.port) </dev/null 2>/dev/null | openssl x509 -noout -serial",
      ])
    #expect(serial.output == "serial=1267\n", "\(serial.errors)")
    try hold.end()
    let result = try process.wait()
    #expect(result.status == 0 && result.output.hasPrefix("first\n") && result.output.hasSuffix("|last\n"), "\(result.errors)")
  }
}
