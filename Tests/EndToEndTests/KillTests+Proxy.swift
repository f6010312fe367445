import Foundation
import IssuerAPI
import PostgresClient
import TestSupport
import Testing

extension KillTests {
  @Suite(.serialized) struct Proxy {
    @Test func `after kill -9 of issuer-proxy its backends are gone, its record is whole, and it serves again`() throws {
      let deployment = try KillTests.deployment()
      for number in KillTests.kills(2, soak: 20) {
        var generator = KillTests.generator("proxy", number)
        let (reader, writer) = (try deployment.grant(.alice, "read"), try deployment.grant(.alice, "note"))
        let said = "said-\(number)-\(generator.next())"
        var sessions = try (0..<3).map { _ in try deployment.startPsql(reader, ["-c", "SELECT pg_sleep(600)"]) }
        let cursor = ["-c", "BEGIN", "-c", "DECLARE c CURSOR FOR SELECT * FROM customers", "-c", "SELECT pg_sleep(600)"]
        sessions.append(try deployment.startPsql(reader, cursor))
        // Rows that come as fast as they can, and statements that are told to have been done.
        sessions.append(try deployment.startPsql(reader, ["-c", "SELECT * FROM customers a, customers b, customers c"]))
        let inserts = (0..<20_000).map { "INSERT INTO notes (said) VALUES ('\(said)-\($0)-');\n" }.joined()
        sessions.append(try deployment.startPsql(writer, [], input: inserts))
        let roles = [reader.lease.role, writer.lease.role]
        try eventually("six backends and some inserts") {
          let backends = try roles.map { try deployment.backends(of: $0) }.reduce(0, +)
          let notes = try deployment.count("SELECT count(*) FROM notes WHERE said LIKE $1", [said + "%"], database: "shop")
          return backends == 6 && notes > 20
        }
        usleep(UInt32.random(in: 0...200_000, using: &generator))
        kill(deployment.proxy.processID, SIGKILL)
        try deployment.proxy.crash()
        try eventually("the backends to be gone; \(KillTests.replay(number))", seconds: 15) {
          try roles.allSatisfy { try deployment.backends(of: $0) == 0 }
        }
        for session in sessions { #expect(try session.wait().status != 0, KillTests.replay(number)) }
        // A record that was being written when the power went: half a line.
        if generator.chance(60) { try Self.tear(deployment) }
        try deployment.proxy.start()
        try deployment.awaitProxy()
        #expect(try deployment.psql(reader, "SELECT count(*) FROM customers").output == "500\n", KillTests.replay(number))
        try KillTests.verifyAudit(deployment, "issuer-proxy")
        try Self.judgeRecord(deployment, said, number)
        try eventually("the ledger to forget the dead proxy's sessions; \(KillTests.replay(number))") {
          try deployment.count("SELECT count(*) FROM issuer.session WHERE ended_at IS NULL", database: "issuer") == 0
        }
        for lease in [reader.lease.id, writer.lease.id] {
          #expect(try deployment.client(.alice).revoke(lease, reason: "done").state == .dropped, KillTests.replay(number))
        }
      }
    }

    /// Cuts the last line of the proxy's log in its middle.
    private static func tear(_ deployment: Deployment) throws {
      let directory = deployment.auditLog("issuer-proxy")
      let names = try FileManager.default.contentsOfDirectory(atPath: directory).filter { $0.hasSuffix(".jsonl") }.sorted()
      let file = try FileHandle(forWritingTo: URL(fileURLWithPath: "\(directory)/\(try #require(names.last))"))
      try file.seekToEnd()
      try file.write(contentsOf: Data("{\"sequence\":99999,\"previous\":\"00".utf8))
      try file.close()
    }

    /// Every row that the database has was on record before its statement was sent.
    private static func judgeRecord(_ deployment: Deployment, _ said: String, _ number: Int) throws {
      let log = try KillTests.auditText(deployment, "issuer-proxy")
      let recorded = Set(log.matches(of: /said-\d+-\d+-\d+-/).map { String($0.output) })
      for row in try deployment.truth("SELECT said FROM notes WHERE said LIKE $1", [said + "%"], database: "shop") {
        #expect(recorded.contains(row[0] ?? ""), KillTests.replay(number))
      }
    }
  }
}
