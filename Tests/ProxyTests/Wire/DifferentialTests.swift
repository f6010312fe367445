import Foundation
import Policy
import PostgresClient
import PostgresWire
import TestSupport
import Testing

/// The same bytes to PostgreSQL and to the proxy before it: the answers are the same, message by message.
@Suite(.serialized) struct DifferentialTests {
  static let server = Result { try PostgresServer() }

  /// One conversation's answers, as they are compared.
  struct Answers: Equatable {
    var messages: [WireClient.Message] = []
    /// The other side closed the connection.
    var isClosed = false
    /// Nothing came where an answer was due.
    var isHung = false

    var lines: [String] {
      messages.map { message in
        guard let error = message.error else { return message.line }
        return message.line + " " + error.fields.map { "\(Character(UnicodeScalar($0.type)))=\($0.value)" }.joined(separator: " ")
      } + (isClosed ? ["closed"] : []) + (isHung ? ["nothing more"] : [])
    }
  }

  /// Conversations to hold, and the first seed.
  private static var count: Int {
    let environment = ProcessInfo.processInfo.environment
    return environment["ISSUER_SEQUENCES"].flatMap { Int($0) } ?? (environment["ISSUER_SOAK"] == nil ? 300 : 20_000)
  }
  private static var firstSeed: UInt64 { ProcessInfo.processInfo.environment["ISSUER_SEED"].flatMap { UInt64($0) } ?? 4_000 }

  @Test func `a random conversation has the same answers as with PostgreSQL itself`() throws {
    try compare(ProxyWorld.openPolicy, isUnguarded: true, count: Self.count)
  }

  @Test func `guardrails that forbid something else change nothing but the words of syntax errors`() throws {
    let policy = SessionPolicy(
      scope: "test",
      guardrails: [
        Guardrail(rule: "no-databases", classes: [.truncate], action: .refuse, reason: "it destroys", next: "ask")
      ], limits: SessionLimits(), maskedTables: [], recordsParameters: true)
    try compare(policy, isUnguarded: false, count: Self.count / 2)
  }

  private func compare(_ policy: SessionPolicy, isUnguarded: Bool, count: Int) throws {
    let world = try ProxyWorld(Self.server.get(), policy: policy, plaintext: true)
    var admin = try world.server.connect()
    try admin.execute(
      script: """
        DROP SCHEMA IF EXISTS wire CASCADE; CREATE SCHEMA wire; GRANT ALL ON SCHEMA wire TO \(world.role);
        CREATE TABLE wire.t (a int PRIMARY KEY, b text); ALTER TABLE wire.t OWNER TO \(world.role);
        ALTER ROLE \(world.role) SET search_path = wire
        """)
    let table = try admin.execute(script: "SELECT 'wire.t'::regclass::oid::int8 AS oid").single().integer("oid")
    var different = 0
    var crashes = 0
    defer { #expect(crashes <= count / 100, "PostgreSQL crashed \(crashes) times") }
    for seed in Self.firstSeed..<Self.firstSeed + UInt64(count) {
      let conversation = RandomConversation(seed: seed, isUnguarded: isUnguarded)
      var answers: [Answers] = []
      do {
        for direct in [true, false] {
          try admin.execute(
            script: "TRUNCATE wire.t; INSERT INTO wire.t SELECT g, 'row ' || g FROM generate_series(1, 5) g")
          let client = try WireClient(world, direct: direct, deadlineSeconds: 10)
          answers.append(try hold(conversation, client, table: UInt32(table), isUnguarded: isUnguarded))
          client.close()
        }
      } catch {
        // Some conversations crash PostgreSQL 15 itself: it comes back, and what its clients saw is not compared.
        crashes += 1
        try eventually("PostgreSQL after a crash in seed \(seed): \(error)") { (try? world.server.connect()) != nil }
        admin = try world.server.connect()
        continue
      }
      let (expected, got) = (answers[0], answers[1])
      if expected == got, !got.isHung { continue }
      different += 1
      if different == 5 { return }
      Issue.record(
        """
        seed \(seed), unguarded \(isUnguarded)
        client: \(conversation.messages.map { Self.line($0) }.joined(separator: "\n  "))
        PostgreSQL: \(expected.lines.joined(separator: "\n  "))
        proxy: \(got.lines.joined(separator: "\n  "))
        """)
    }
  }

  private func hold(
    _ conversation: RandomConversation, _ client: WireClient, table: UInt32, isUnguarded: Bool
  ) throws -> Answers {
    var answers = Answers()
    do {
      for piece in conversation.pieces { try client.send(piece) }
    } catch ScriptedPeer.Failure.socket {
      // Closed in the middle: what it said before is still to be read.
    }
    do {
      while true {
        let message = try client.read()
        answers.messages.append(try Self.comparable(message, table: table, isUnguarded: isUnguarded))
        if message.values == [RandomConversation.end] { break }
      }
      answers.messages += try client.readUntilReady()
    } catch ScriptedPeer.Failure.timedOut {
      answers.isHung = true
    } catch ScriptedPeer.Failure.closed {
      answers.isClosed = true
      // PostgreSQL ends a broken stream with an ERROR and a FATAL, with a FATAL, or without a word.
      while let error = answers.messages.last?.error, error.sqlState == .protocolViolation { answers.messages.removeLast() }
    }
    return answers
  }

  /// Without what is another in every session.
  private static func comparable(
    _ message: WireClient.Message, table: UInt32, isUnguarded: Bool
  ) throws -> WireClient.Message {
    var message = message
    switch message.type {
    case NotificationResponse.type: message.body.replaceSubrange(0..<4, with: [0, 0, 0, 0])
    case RowDescription.type:
      var description = try RowDescription.decode(unsafe message.body.span.bytes)
      for index in description.columns.indices where description.columns[index].tableOID != table {
        description.columns[index].tableOID = 0
      }
      var writer = WireWriter()
      description.encode(into: &writer)
      message.body = Array(writer.bytes.dropFirst(5))
    case ErrorResponse.type where !isUnguarded:
      // The proxy read the text with the parser of another version, and says so.
      guard var error = message.error, error.sqlState == .syntaxError else { break }
      error.fields.removeAll { "HFLRM".utf8.contains($0.type) }
      message.body = Array(error.bytes.dropFirst(5))
    default: break
    }
    return message
  }

  private static func line(_ message: [UInt8]) -> String {
    let body = message.dropFirst(5)
    let line = (try? Transcript.lines(message, from: .client).first) ?? "'\(Character(UnicodeScalar(message[0])))' broken"
    let shown = body.prefix(120).map { (0x20...0x7e).contains($0) ? String(UnicodeScalar($0)) : String(format: "\\%02x", $0) }
    return "\(line)  \(shown.joined())"
  }
}
