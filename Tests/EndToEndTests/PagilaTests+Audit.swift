import Foundation
import TestSupport
import Testing

extension PagilaTests {
  /// One line of an audit log.
  struct Record: Decodable {
    var seq: Int
    var kind: String
    var session: String?
    var lease: String?
    var person: String?
    var text: String?
    var form: String?
    var verdict: String?
    var rule: String?
    var sqlstate: String?
    var masked: [String]?
    var statement: Int?
    var tag: String?
    var rows: Int?
  }

  private func audit(_ arguments: [String]) throws -> ChildProcess.Result { try deployment.ctl(.dba, ["audit"] + arguments) }

  private func records(_ output: String) throws -> [Record] {
    try output.split(separator: "\n").map { try JSONDecoder().decode(Record.self, from: Data($0.utf8)) }
  }

  private var key: String {
    get throws {
      struct Key: Decodable { var publicKey: String }
      let answer = try deployment.client(.dba).http.send("GET", "/v1/audit/public-key")
      let key = try JSONDecoder().decode(Key.self, from: Data(answer.body))
      return key.publicKey.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
  }

  /// The ledger's checkpoints, as the verb's help says how to get them.
  private func checkpoints() throws -> String {
    let path = deployment.directory + "/people/checkpoints-\(UUID().uuidString).jsonl"
    let lines = try Blueprint.psql(deployment.server, "issuer", ["-c", "SELECT row_to_json(c) FROM issuer.checkpoint c"])
    try lines.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  @Test func `each statement is on the record with its verdict and outcome, and is found`() throws {
    let grant = try deployment.grant(.alice, "support-read")
    _ = try deployment.psql(
      grant, "SELECT email FROM customer WHERE customer_id <= 7", "DROP TABLE film", "SELECT 1/0", "SELECT 'needle in the log'",
      "COPY (SELECT title FROM film LIMIT 3) TO STDOUT")
    let found = try records(audit(["search", "--lease", grant.lease.id, "--format", "json"]).output)
    let statements = found.filter { $0.kind == "statement" }
    let outcomes = Dictionary(found.filter { $0.kind == "outcome" }.map { ($0.statement ?? 0, $0) }) { first, _ in first }
    #expect(statements.count == 5)
    let masked = try #require(statements.first { $0.text?.contains("customer_id <= 7") == true })
    #expect(masked.masked?.contains("public.customer.email") == true)
    #expect(outcomes[masked.seq]?.rows == 7 && outcomes[masked.seq]?.tag == "SELECT 7")
    let refused = try #require(statements.first { $0.text == "DROP TABLE film" })
    #expect(refused.verdict == "refused" && refused.sqlstate == "42501" && refused.rule?.contains("read-only") == true)
    #expect(outcomes[try #require(statements.first { $0.text == "SELECT 1/0" }).seq]?.sqlstate == "22012")
    #expect(outcomes[try #require(statements.first { $0.text?.hasPrefix("COPY") == true }).seq]?.rows == 3)
    #expect(found.contains { $0.kind == "lease_issued" } && found.contains { $0.kind == "session_opened" })

    #expect(
      try records(audit(["search", "--text", "NEEDLE IN", "--since", "10m", "--format", "json"]).output).contains {
        $0.kind == "statement"
      })
    let byTable = try records(audit(["search", "--table", "customer", "--person", "alice", "--format", "json"]).output)
    #expect(byTable.contains { $0.seq == masked.seq } && !byTable.contains { $0.seq == refused.seq })
    #expect(try records(audit(["search", "--person", "nobody", "--format", "json"]).output).isEmpty)
    #expect(try records(audit(["search", "--until", "2020-01-01", "--format", "json"]).output).isEmpty)
  }

  @Test func `a session is replayed as it went, from the logs of the configuration`() throws {
    let grant = try deployment.grant(.alice, "support-read")
    _ = try deployment.psql(grant, "SELECT 'first step'", "SELECT 'second step'")
    let opened = try records(audit(["search", "--lease", grant.lease.id, "--kind", "session_opened", "--format", "json"]).output)
    let session = try #require(opened.first?.session)
    let replay = try audit(["replay", session, "--instant"])
    #expect(replay.status == 0, "\(replay.errors)")
    let first = try #require(replay.output.range(of: "first step"), "\(replay.output)")
    let second = try #require(replay.output.range(of: "second step"))
    #expect(first.lowerBound < second.lowerBound)
    #expect(try audit(["replay", session, "--speed", "1000", "--idle-max", "0"]).output == replay.output)
    #expect(try audit(["replay", UUID().uuidString.lowercased(), "--instant"]).status == 4)
  }

  @Test func `the logs verify, and are exported whole`() throws {
    let grant = try deployment.grant(.alice, "support-read")
    _ = try deployment.psql(grant, "SELECT 'exported, \"quoted\"'", "SELECT '=1+1'")
    let verified = try audit(["verify", "--key", key, "--checkpoints", checkpoints()])
    #expect(verified.status == 0, "\(verified.output)\(verified.errors)")
    #expect(verified.output.components(separatedBy: ": intact").count == 3, "\(verified.output)")
    let lines = try records(audit(["export", "--lease", grant.lease.id]).output)
    let csv = try audit(["export", "--format", "csv", "--lease", grant.lease.id]).output
    #expect(lines.count > 3 && csv.contains("\"SELECT 'exported, \"\"quoted\"\"'\""), "\(csv)")
    #expect(try audit(["verify"]).status == 1, "no key is trusted")
    // A log shows a foreign key as soon as it has its first checkpoint, which the proxy asks for every few seconds.
    try eventually("a checkpoint by another key is refused") {
      try audit(["verify", "--key", String(repeating: "A", count: 43)]).status == 1
    }
  }

  @Test func `a changed line, a removed line, a swapped pair and a cut tail are caught`() throws {
    let grant = try deployment.grant(.alice, "support-read")
    _ = try deployment.psql(grant, "SELECT 'tamper with me'", "SELECT 2", "SELECT 3")
    let key = try self.key
    // A checkpoint that covers what is there now.
    let proxy = deployment.auditLog("issuer-proxy")
    // Not the checkpoints at its end: nothing that happens makes another for them.
    let last = try #require(try lines(proxy).lastIndex { !$0.contains(#""kind":"checkpoint""#) }) + 1
    try eventually("a checkpoint that covers it", seconds: 100) {
      try deployment.count(
        "SELECT coalesce(max(sequence), 0) FROM issuer.checkpoint WHERE writer = 'proxy-1'", database: "issuer") >= last
    }
    let ledger = try checkpoints()
    let whole = try audit(["verify", "--key", key, "--checkpoints", ledger, proxy])
    #expect(whole.status == 0, "\(whole.output)")
    for (name, change) in Self.tamperings {
      let copy = deployment.directory + "/people/log-\(name)"
      try? FileManager.default.removeItem(atPath: copy)
      try FileManager.default.copyItem(atPath: proxy, toPath: copy)
      let segment = try #require(
        try FileManager.default.contentsOfDirectory(atPath: copy).filter { $0.hasSuffix(".jsonl") }.sorted().first)
      let changed = change(try lines(copy))
      try (changed.joined(separator: "\n") + "\n").write(toFile: "\(copy)/\(segment)", atomically: true, encoding: .utf8)
      let verified = try audit(["verify", "--key", key, "--checkpoints", ledger, "--format", "json", copy])
      #expect(verified.status == 1, "\(name): \(verified.output)")
      #expect(verified.output.contains("\"intact\" : false"), "\(name)")
    }
  }

  private static let tamperings: [(String, @Sendable ([String]) -> [String])] = [
    ("changed", { $0.map { $0.replacing("tamper with me", with: "tamper with you") } }),
    ("removed", { lines in lines.filter { !$0.contains("tamper with me") } }),
    (
      "swapped",
      { lines in
        var lines = lines
        lines.swapAt(lines.count - 2, lines.count - 3)
        return lines
      }
    ),
    ("cut", { lines in Array(lines.prefix { !$0.contains("tamper with me") }) }),
    ("emptied", { Array($0.prefix(1)) }),
  ]

  private func lines(_ log: String) throws -> [String] {
    let names = try FileManager.default.contentsOfDirectory(atPath: log).filter { $0.hasSuffix(".jsonl") }.sorted()
    return try names.flatMap { name in
      try String(contentsOfFile: "\(log)/\(name)", encoding: .utf8).split(separator: "\n").map(String.init)
    }
  }
}
