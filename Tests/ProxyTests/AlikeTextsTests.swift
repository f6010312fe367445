import Foundation
import Policy
import PostgresWire
import SQLAnalysis
import Testing

@testable import Audit
@testable import Proxy

/// Texts that are judged as another that differs in constants: the judgement has to be the one that the whole way gives.
@Suite struct AlikeTextsTests {
  private static let analyser = try? SQLAnalyser()

  private static func policy(
    _ scope: String, _ guardrails: [Guardrail] = [], masks: [String] = []
  ) -> SessionPolicy {
    SessionPolicy(
      scope: scope, guardrails: guardrails, limits: SessionLimits(),
      maskedTables: masks.map { table in
        MaskedTable(
          schema: "public", table: table, tableOID: 1, shadowSchema: "iss_m_x", shadowOID: 2,
          columns: [.init(name: "id", number: 1, type: "integer"), .init(name: "email", number: 2, type: "text", mask: .email)],
          primaryKey: ["id"])
      }, recordsParameters: false)
  }

  private static let policies = [
    policy("read", GuardrailPreset.readOnly.rules), policy("write", GuardrailPreset.safeWrites.rules, masks: ["users"]),
    policy(
      "alarms",
      [
        Guardrail(
          rule: "watched", classes: [.select, .delete], tables: ["public.orders"], action: .alarm, reason: "watched", next: "ask")
      ], masks: ["payments"]),
  ]

  private func judged(_ text: [UInt8], _ policy: SessionPolicy) throws -> StatementEntry {
    let analyser = try #require(Self.analyser)
    return StatementEntry.judge(text, Result { () throws(ParseFailure) in try analyser.analyse(text) }, policy: policy)
  }

  /// Everything that the gate takes from an entry, offsets in the text excepted.
  private func judgement(_ entry: StatementEntry) -> String {
    let outcome =
      switch entry.outcome {
      case .approved: "approved"
      case .alarm(_, let alarms): "alarm \(alarms.map { "\($0.rule) \($0.statement) \($0.reason) \($0.classes.sorted())" })"
      case .refused(let refusal):
        "refused \(refusal.rule) \(refusal.sqlState) \(refusal.reason) \(refusal.next) \(refusal.statement) \(refusal.classes.sorted())"
      case .unparsed(let failure): "unparsed \(failure)"
      }
    return """
      \(outcome) \(entry.classes) \(entry.tables) \(entry.mayCopyIn) \(entry.mayChangeSearchPath) \(entry.endsTransaction) \
      \(entry.changesPathInside) \(entry.nameEffects) \(entry.mentionsMasked) \(entry.hasUnqualifiedMasked) \
      \(String(decoding: entry.members.text, as: UTF8.self)) \(String(decoding: entry.members.rest, as: UTF8.self))
      """
  }

  private static let values: [TextConstants.Kind: [String]] = [
    .integer: ["0", "1", "7", "123456789"], .large: ["3000000000", "99999999999"], .decimal: ["0.5", "12.25"],
    .string: ["''", "'%'", "'t'", "'users'", "'search_path'", "'a''b'", "'ü'", "'***'"],
  ]

  /// The text with some of its constants, whatever they are, exchanged.
  private func varied(_ text: [UInt8], _ constants: [TextConstants.Constant], _ generator: inout SystemSeeded) -> [UInt8] {
    var other: [UInt8] = []
    var start = 0
    for constant in constants where Int.random(in: 0..<3, using: &generator) > 0 {
      other += text[start..<constant.range.lowerBound]
      other += Array((Self.values[constant.kind]?.randomElement(using: &generator) ?? "").utf8)
      start = constant.range.upperBound
    }
    return other + text[start...]
  }

  private struct SystemSeeded: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state ^ (state >> 29)
    }
  }

  private static let texts: [[UInt8]] = {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let files = ["SQLCases", "Attacks", "Benign"].flatMap { folder in
      (try? FileManager.default.contentsOfDirectory(at: tests.appending(path: folder), includingPropertiesForKeys: nil)) ?? []
    }
    let lines = files.filter { $0.pathExtension == "sql" }.sorted { $0.path < $1.path }.flatMap { file -> [String] in
      let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
      return text.components(separatedBy: "\n\n") + text.components(separatedBy: "\n").filter { !$0.hasPrefix("--") }
    }
    return lines.map { Array($0.utf8) }.filter { !$0.isEmpty && $0.count < 4096 }
  }()

  @Test(arguments: policies.indices)
  func `what the cache says of a text that differs in constants is what the whole way says`(policy index: Int) throws {
    let policy = Self.policies[index]
    let cache = VerdictCache()
    let number = cache.shared(policy).number
    var generator = SystemSeeded(state: UInt64(index + 1))
    var reader = TextConstants()
    var (found, all) = (0, 0)
    #expect(Self.texts.count > 3_000)
    for text in Self.texts {
      guard reader.read(text.span), !reader.constants.isEmpty else { continue }
      let constants = reader.constants
      cache.keep(try judged(text, policy), policy: number)
      for _ in 0..<3 {
        let other = varied(text, constants, &generator)
        all += 1
        guard let entry = other.withSpan({ cache.findAlike($0, policy: number) }) else { continue }
        found += 1
        #expect(entry.text == other)
        let whole = try judged(other, policy)
        #expect(judgement(entry) == judgement(whole), "\(String(decoding: other, as: UTF8.self))")
      }
    }
    #expect(found > 500 && found < all, "\(found) of \(all)")
  }

  private func isAlike(_ known: String, _ other: String, _ policy: SessionPolicy = policies[0]) throws -> Bool {
    let cache = VerdictCache()
    let number = cache.shared(policy).number
    cache.keep(try judged(Array(known.utf8), policy), policy: number)
    return Array(other.utf8).withSpan { cache.findAlike($0, policy: number) } != nil
  }

  @Test func `constants that are looked at must be the same, and the bytes between constants too`() throws {
    #expect(try isAlike("SELECT a FROM t WHERE b = 1 ORDER BY 2", "SELECT a FROM t WHERE b = 9 ORDER BY 2"))
    #expect(try !isAlike("SELECT a FROM t WHERE b = 1 ORDER BY 2", "SELECT a FROM t WHERE b = 1 ORDER BY 3"))
    #expect(try !isAlike("SELECT a FROM t WHERE b = 1", "SELECT a FROM t WHERE c = 1"))
    #expect(try !isAlike("SELECT a FROM t WHERE b = 1", "SELECT a FROM t WHERE b = 1 "))
    #expect(try !isAlike("SELECT a FROM t WHERE b = 1", "SELECT a FROM t WHERE b = '1'"))
    #expect(try !isAlike("SELECT a FROM t WHERE b = 1", "SELECT a FROM t WHERE b = 1.0"))
    #expect(try !isAlike("DELETE FROM t WHERE b = 1 AND c LIKE 'x%'", "DELETE FROM t WHERE b = 1 AND c LIKE '%'"))
    #expect(try isAlike("SELECT a FROM t WHERE b = 1 LIMIT 5", "SELECT a FROM t WHERE b = 22 LIMIT 50"))
  }

  @Test func `what names something masked is alike, too, but for what SQL prepares`() throws {
    #expect(try isAlike("SELECT id FROM users WHERE id = 1", "SELECT id FROM users WHERE id = 2", Self.policies[1]))
    #expect(try isAlike("INSERT INTO users VALUES (1, 'a')", "INSERT INTO users VALUES (2, '***')", Self.policies[1]))
    #expect(try !isAlike("SELECT id FROM users ORDER BY 1", "SELECT id FROM users ORDER BY 2", Self.policies[1]))
    #expect(try !isAlike("SELECT 'users'::regclass FROM users", "SELECT 'orders'::regclass FROM users", Self.policies[1]))
    #expect(try !isAlike("EXECUTE p (1)", "EXECUTE p (2)", Self.policies[1]))
    #expect(
      try !isAlike("PREPARE p AS SELECT email FROM users WHERE id = 1", "PREPARE p AS SELECT email FROM users WHERE id = 2"))
  }

  @Test func `a judgement holds for one policy`() throws {
    let cache = VerdictCache()
    let (first, second) = (cache.shared(Self.policies[0]).number, cache.shared(Self.policies[1]).number)
    cache.keep(try judged(Array("SELECT 1".utf8), Self.policies[0]), policy: first)
    let other = Array("SELECT 2".utf8)
    #expect(other.withSpan { cache.findAlike($0, policy: first) } != nil)
    #expect(other.withSpan { cache.findAlike($0, policy: second) } == nil)
  }
}
