import Foundation
import TestSupport
import Testing

/// Random statements as leased roles through the proxy, on the two deployments of `AttackTests` that differ only in masked values: what
/// comes back must not, and no session may break. `ISSUER_SOAK=1` makes many of few, `RANDOM_SQL_SEED` another run of the same.
@Suite(.serialized) struct RandomSQLTests {
  static let isSoak = ProcessInfo.processInfo.environment["ISSUER_SOAK"] == "1"
  static let seed = ProcessInfo.processInfo.environment["RANDOM_SQL_SEED"].flatMap(Int.init) ?? 1

  @Test(arguments: [("own", 2_000, 50_000), ("sqlsmith", 2_000, 100_000)])
  func `random statements tell the two sides apart by nothing`(source: String, few: Int, many: Int) throws {
    let count = Self.isSoak ? many : few
    let findings = try AttackTests.run(
      "random_sql.py", named: "random-\(source)", ["source": source, "seed": Self.seed, "count": count],
      secondsMax: Self.isSoak ? 4 * 3600 : 600)
    let summary = try #require(findings.last { $0.count != nil })
    #expect(try #require(summary.count) >= count * 9 / 10)
    #expect(try #require(summary.answered) > count / 10, "too few of the statements ran: \(summary)")
    for finding in findings where finding.count == nil { finding.record() }
  }
}

extension AttackTests.Finding {
  func record() {
    Issue.record(
      """
      \(file ?? "?") \(form ?? "?") message \(message ?? 0): \(problem ?? "?") \(found ?? [])
        \(a ?? mine ?? "")
        \(b ?? owner ?? "")
      """)
  }
}
