import Audit
import Foundation
import Policy
import PostgresWire
import Reactor
import SQLAnalysis
import Testing

@testable import Proxy

/// Statements over masked tables as whole batches: the same as message by message, by the gate and on a real server.
@Suite struct MaskedBatchTests {
  /// A gate with a log of its own, and no sockets.
  private final class Gated: StagingSession {
    let directory = FileManager.default.temporaryDirectory.appending(path: "gate-\(UUID().uuidString)").path
    let loop: EventLoop
    let stage: AuditStage
    private(set) var gate: StatementGate!
    private var number: UInt64 = 0

    init() throws {
      loop = try EventLoop()
      stage = AuditStage(log: try AuditLog(directory: directory, writer: "gate"), loop: loop)
      let users = MaskedTable(
        schema: "app", table: "users", tableOID: 1, shadowSchema: "iss_m_app", shadowOID: 2,
        columns: [
          .init(name: "id", number: 1, type: "integer"), .init(name: "email", number: 2, type: "text", mask: .redact),
          .init(name: "name", number: 3, type: "text"),
        ], primaryKey: ["id"])
      let cache = VerdictCache()
      let policy = cache.shared(
        SessionPolicy(scope: "s", guardrails: [], limits: SessionLimits(), maskedTables: [users], recordsParameters: true))
      let recorder = SessionRecorder(stage: stage, session: "s", lease: "l", person: "p", policy: policy, joining: self)
      gate = StatementGate(
        policy: policy, recorder: recorder, cache: cache, analyser: try SQLAnalyser(), metrics: Metrics())
    }
    deinit { try? FileManager.default.removeItem(atPath: directory) }

    func noteOutput() {}
    var notedOutput: AuditStage.Member {
      .init(session: self, client: nil, clientBytes: 0, isAtBoundary: true, backend: nil, backendBytes: 0)
    }
    func recordsLost(isAtBoundary: Bool) {}
    func outputHeld(_ isHeld: Bool) {}

    private func next() -> ExecutionID {
      number += 1
      return ExecutionID(number: number)
    }

    /// The way of a single message.
    func judge(_ text: String) throws -> StatementGate.SessionVerdict {
      let body = SessionHarness.bytes { Query(text).encode(into: &$0) }
      let span = unsafe body.span.bytes.extracting(droppingFirst: 5)
      let request = StatementRequest.query(next(), text: try Query.textRange(span))
      guard case .verdict(let verdict) = gate.judge(request, body: span, nowMilliseconds: 0) else {
        throw WireError(.type, "no verdict")
      }
      return verdict
    }

    /// The way of a whole batch: nil where the messages are to be judged one by one, else what goes to the server.
    func batch(_ bytes: [UInt8]) throws -> [UInt8]? {
      let span = unsafe bytes.span.bytes
      guard let batch = ClientBatch(atFrontOf: span, bodyBytesMax: 1000) else { throw WireError(.type, "no batch") }
      guard let approval = try gate.approve(batch, in: span, statement: nil, execution: next()) else { return nil }
      guard let replacement = approval.replacement else { return bytes }
      return batch.messages(in: span, text: replacement)
    }

    func batch(_ text: String) throws -> String? {
      guard let sent = try batch(SessionHarness.bytes { Query(text).encode(into: &$0) }) else { return nil }
      return String(decoding: try Query.decode(unsafe sent.span.bytes.extracting(droppingFirst: 5)).text, as: UTF8.self)
    }

    /// What a single message goes on as, if it is translated.
    func translated(_ text: String) throws -> String? {
      guard case .approved(let approval) = try judge(text) else { return nil }
      return approval.replacement.map { String(decoding: $0, as: UTF8.self) }
    }
  }

  @Test func `a masked text that was translated before, or one that is alike, goes on as a batch, translated as by itself`()
    throws
  {
    let gated = try Gated()
    func text(_ id: String) -> String { "SELECT email FROM app.users WHERE id = \(id)" }
    #expect(try gated.batch(text("1")) == nil, "nothing is known of it")
    let single = try #require(try gated.translated(text("1")))
    #expect(single.contains("iss_m_app"))
    #expect(try gated.batch(text("1")) == single)
    #expect(try gated.batch(text("2")) == nil, "the first that is alike is translated for all")
    #expect(try gated.translated(text("2")) == single.replacing("= 1", with: "= 2"))
    #expect(try gated.batch(text("1")) == single)
    let alike = try #require(try gated.batch(text("20000")))
    #expect(alike == single.replacing("= 1", with: "= 20000"))
    #expect(try gated.translated(text("20000")) == alike)
    // The extended protocol: the Parse has the other text, and everything behind it is as it came.
    for types: [UInt32] in [[], [23, 25]] {
      func messages(_ text: String) -> [UInt8] {
        SessionHarness.bytes {
          Parse(name: .unnamed, text: Array(text.utf8), parameterTypes: types).encode(into: &$0)
          Bind(parameters: [[49], nil]).encode(into: &$0)
          Describe(.portal("")).encode(into: &$0)
          Execute(rowsMax: 7).encode(into: &$0)
          Sync().encode(into: &$0)
        }
      }
      #expect(try gated.batch(messages(text("1"))) == messages(single))
    }
  }

  @Test func `what has to be asked, refused or heeded is judged by itself`() throws {
    let gated = try Gated()
    // Nobody knows what the name means before the path is known.
    guard case .askFirst(let question) = try gated.judge("SELECT email FROM users") else {
      Issue.record("no question")
      return
    }
    #expect(try gated.batch("SELECT email FROM users") == nil)
    gated.gate.captured(id: question.id, rows: [[Array("s".utf8), Array("app".utf8), [], Array("1".utf8)]])
    let translated = try #require(try gated.translated("SELECT email FROM users"))
    #expect(try gated.batch("SELECT email FROM users") == translated)
    // It is asked again once it may have changed.
    _ = try gated.judge("SET search_path = other")
    #expect(try gated.batch("SELECT email FROM users") == nil)
    guard case .askFirst = try gated.judge("SELECT email FROM users") else {
      Issue.record("no question")
      return
    }
    // What a mask shows is not written back, whichever constants it comes with.
    _ = try gated.judge("UPDATE app.users SET email = 'a@b.example' WHERE id = 1")
    _ = try gated.judge("UPDATE app.users SET email = 'c@d.example' WHERE id = 1")
    #expect(try gated.batch("UPDATE app.users SET email = 'e@f.example' WHERE id = 1") != nil)
    #expect(try gated.batch("UPDATE app.users SET email = '***' WHERE id = 1") == nil)
    guard case .refused = try gated.judge("UPDATE app.users SET email = '***' WHERE id = 1") else {
      Issue.record("not refused")
      return
    }
  }

  @Test func `the client of a masked table sees the same in batches as message by message, and so does the log`() throws {
    let world = try MaskingTests().world(plaintext: true)
    let client = try WireClient(world)
    func parse(_ text: String, _ writer: inout WireWriter) { Parse(name: .unnamed, text: Array(text.utf8)).encode(into: &writer) }
    func run(_ statement: WireName, _ id: String, _ writer: inout WireWriter) {
      Bind(statement: statement, parameters: [Array(id.utf8)]).encode(into: &writer)
      Describe(.portal("")).encode(into: &writer)
      Execute().encode(into: &writer)
      Sync().encode(into: &writer)
    }
    let sql = "SELECT id, email, name FROM users WHERE id = $1::int"
    try client.send {
      Parse(name: "named", text: Array(sql.utf8)).encode(into: &$0)
      Sync().encode(into: &$0)
    }
    _ = try client.readUntilReady()
    let turns: [(String, (String, inout WireWriter) -> Void)] = [
      ("simple", { id, writer in Query("SELECT id, email, name FROM users WHERE id = \(id)").encode(into: &writer) }),
      (
        "extended",
        { id, writer in
          parse(sql, &writer)
          run(.unnamed, id, &writer)
        }
      ), ("prepared", { id, writer in run("named", id, &writer) }),
    ]
    let base = try world.server.connect().query("SELECT 'app.users'::regclass::oid::int AS base").single().integer("base")
    for (form, write) in turns {
      var answers: [[WireClient.Message]] = []
      for (id, isSingle) in [("1", false), ("2", false), ("2", true), ("2", false), ("3", false), ("3", true)] {
        let bytes = SessionHarness.bytes { write(id, &$0) }
        // Behind another message nothing is a batch.
        try client.send((isSingle ? SessionHarness.bytes { Flush().encode(into: &$0) } : []) + bytes)
        answers.append(try client.readUntilReady())
      }
      #expect(answers[1] == answers[2] && answers[1] == answers[3] && answers[4] == answers[5], "\(form)")
      let description = try #require(answers[1].first { $0.type == RowDescription.type })
      let columns = try RowDescription.decode(unsafe description.body.span.bytes).columns
      #expect(columns.map { Int($0.tableOID) } == [base, base, base] && columns.map(\.columnNumber) == [1, 3, 4], "\(form)")
      #expect(answers[1].first { $0.type == DataRow.type }?.values == ["2", "***", "Person 2"], "\(form)")
      #expect(answers[4].first { $0.type == DataRow.type }?.values == ["3", "***", "Person 3"], "\(form)")
    }
    // Errors of a batch, with the position in the client's own text.
    let wrong = "SELECT email, 1 / (id - 1) FROM users WHERE id = 1 AND nme = 'x'"
    for _ in 0..<3 {
      try client.send { Query(wrong).encode(into: &$0) }
      let error = try #require(try client.readUntilReady().first?.error)
      #expect(error["P"].flatMap { Int($0) } == Array(wrong).firstRange(of: Array("nme")).map { $0.lowerBound + 1 })
    }
    client.close()
    let records = world.audit.split(separator: "\n").filter { $0.contains(#""verdict":"translated""#) }
    #expect(records.count == 21)
    #expect(records.allSatisfy { $0.contains(#""masked":["app.users.email"]"#) && $0.contains(#""translated":"SELECT"#) })
    let bound = records.filter { $0.contains(#""form":"execute""#) }
    #expect(bound.count == 12 && bound.allSatisfy { $0.contains(#""parameters":[{"hashed":""#) })
    // Equal values are seen to be equal, whichever way they went.
    let hashes = bound.compactMap { $0.split(separator: #""hashed":""#).last?.prefix(32) }
    #expect(Set(hashes).count == 3)
  }
}
