import Foundation
import Policy
import PostgresClient
import PostgresWire
import TestSupport
import Testing

@testable import Proxy

/// Texts that crash or stall the parser end one statement, never the process, and hold up no other session.
@Suite(.serialized) struct LargeTextTests {
  static let server = Result { try PostgresServer() }

  private static func world(statementBytesMax: Int = 1 << 20) throws -> ProxyWorld {
    try ProxyWorld(
      server.get(),
      policy: SessionPolicy(
        scope: "test",
        guardrails: [Guardrail(rule: "no-truncate", classes: [.truncate], action: .refuse, reason: "it destroys", next: "ask")],
        limits: SessionLimits(statementBytesMax: statementBytesMax), maskedTables: [], recordsParameters: false),
      plaintext: true, limits: { $0.workers = 1 })
  }
  static let guarded = Result { try world() }
  static let open = Result { try ProxyWorld(server.get(), plaintext: true) }

  private static func chain(_ head: String, _ unit: String, _ count: Int, _ middle: String = "", _ end: String = "") -> String {
    head + String(repeating: unit, count: count) + middle + String(repeating: end, count: count)
  }

  /// Each of them was seen to crash the parser, or to keep it for minutes (findings of its authors and ours).
  static let crashers: [(name: String, text: String)] = [
    ("100,000 terms", chain("SELECT 1", "+1", 100_000)), ("80,000 joins", chain("SELECT * FROM a", " JOIN b ON c", 80_000)),
    ("natural joins", chain("SELECT * FROM a", " NATURAL JOIN a", 60_000)),
    ("60,000 casts", chain("SELECT 1", "::int", 60_000)),
    ("unions", chain("TABLE a", " UNION TABLE a", 70_000)), ("arrows", chain("SELECT a", "->a", 100_000)),
    ("parentheses", chain("SELECT ", "(", 100_000, "1", ")")), ("NOT", chain("SELECT ", "NOT ", 50_000, "true")),
    ("sub-selects", chain("SELECT ", "(SELECT ", 50_000, "1", ")")), ("calls", chain("SELECT ", "f(", 100_000, "1", ")")),
    ("CASE", chain("SELECT ", "CASE WHEN true THEN ", 10_000, "1", " END")),
    ("row assignments", "UPDATE t SET (\(chain("a", ",a", 50_000))) = ROW(\(chain("a", ",a", 50_000)))"),
  ]

  @Test func `what crashes a parser is one statement's clear error, simple and prepared`() throws {
    let client = try WireClient(Self.guarded.get(), deadlineSeconds: 60)
    for (name, text) in Self.crashers {
      let lines = try client.query(text)
      #expect(lines == ["ErrorResponse ERROR 54001", "ReadyForQuery I"], "\(name)")
    }
    let text = Self.crashers[0].text
    try client.send {
      Parse(name: .unnamed, text: Array(text.utf8)).encode(into: &$0)
      Sync().encode(into: &$0)
    }
    #expect(try client.readUntilReady().map(\.line) == ["ErrorResponse ERROR 54001", "ReadyForQuery I"])
    #expect(try client.value("SELECT 'unharmed'") == "unharmed")
  }

  @Test func `where no policy applies they are PostgreSQL's business`() throws {
    let client = try WireClient(Self.open.get(), deadlineSeconds: 60)
    for (name, text) in Self.crashers.prefix(2) {
      let lines = try client.query(text)
      #expect(lines.first?.hasPrefix("ErrorResponse ERROR") == true && lines.last == "ReadyForQuery I", "\(name): \(lines)")
    }
    #expect(try client.value("SELECT 'unharmed'") == "unharmed")
  }

  @Test func `a megabyte is read whole, and what is larger is refused with the limit`() throws {
    let client = try WireClient(Self.guarded.get(), deadlineSeconds: 60)
    let values = Self.chain("VALUES (0)", ",(1)", 200_000)
    #expect(values.utf8.count < 1 << 20)
    try client.send { Query("SELECT count(*) FROM (\(values)) v").encode(into: &$0) }
    #expect(try client.readUntilReady().flatMap(\.values) == ["200001"])
    try client.send { Query("SELECT '\(String(repeating: "x", count: 1 << 20))'").encode(into: &$0) }
    let refusal = try client.readUntilReady()
    #expect(refusal.first?.error?.sqlState == .programLimitExceeded && refusal.last?.line == "ReadyForQuery I")
    #expect(try client.value("SELECT 'after'") == "after")
  }

  @Test func `600 MB of text are refused unread, and cost no memory`() throws {
    for world in [try Self.guarded.get(), try Self.open.get()] {
      let client = try WireClient(world, deadlineSeconds: 120)
      let bytes = 600 << 20
      let before = ResidentMemory.bytes
      try client.send([Query.type] + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: (bytes + 4) >> $0) })
      let part = [UInt8](repeating: 0x20, count: 1 << 20)
      for _ in 0..<599 { try client.send(part) }
      try client.send(part.dropLast() + [0])
      #expect(try client.readUntilReady().map(\.line) == ["ErrorResponse ERROR 54000", "ReadyForQuery I"])
      #expect(ResidentMemory.bytes - before < 64 << 20)
      #expect(try client.value("SELECT 'after'") == "after")
    }
  }

  @Test func `while large texts are analysed, another session of the same loop is answered`() throws {
    let world = try Self.guarded.get()
    // Different texts: a verdict is not asked for twice.
    let slow = try (0..<3).map { _ in try WireClient(world, deadlineSeconds: 60) }
    let quick = try WireClient(world)
    let medium = try WireClient(world)
    let misses = world.service.metrics.value(.verdictCacheMisses)
    for (index, client) in slow.enumerated() {
      let text = Self.chain("SELECT \(index) IN (0", ",1", 250_000, "", "") + ")"
      try client.send { Query(text).encode(into: &$0) }
    }
    try eventually("all are with the parser") { world.service.metrics.value(.verdictCacheMisses) >= misses + 3 }
    // Texts of any size below theirs go past them as well.
    var answered = 0
    for round in 0..<20 where !slow.contains(where: \.peer.hasInput) {
      #expect(try quick.value("SELECT \(round)") == String(round))
      #expect(try medium.value("SELECT \(round) /* \(String(repeating: "x", count: 20_000)) */") == String(round))
      answered += 2
    }
    #expect(answered > 0)
    for client in slow { #expect(try client.readUntilReady().last?.line == "ReadyForQuery I") }
  }
}
