import Audit
import Glibc
import Policy
import Reactor
import SQLAnalysis

#if SEES_THE_GATE
  @testable import Proxy
#endif

// What a statement's analysis and translation cost the first time a proxy sees it, and when it has seen it before: CPU time of one
// thread. Run by benchmarks/translation.sh.

/// Thirty lines of a report over masked tables.
let report = """
  WITH monthly AS (
    SELECT date_trunc('month', o.created_at) AS month,
           u.id AS user_id,
           u.email,
           sum(i.quantity * i.price) AS revenue,
           count(DISTINCT o.id) AS orders
    FROM orders o
    JOIN users u ON u.id = o.user_id
    JOIN order_items i ON i.order_id = o.id
    LEFT JOIN refunds r ON r.order_id = o.id AND r.state <> 'void'
    WHERE o.created_at >= date '2026-01-01'
      AND o.created_at < date '2026-07-01'
      AND u.country IN ('AT', 'DE', 'CH')
      AND NOT EXISTS (SELECT 1 FROM blocked b WHERE b.user_id = u.id)
    GROUP BY 1, 2, 3
  ), ranked AS (
    SELECT m.*,
           rank() OVER (PARTITION BY m.month ORDER BY m.revenue DESC) AS place,
           lag(m.revenue) OVER (PARTITION BY m.user_id ORDER BY m.month) AS before,
           sum(m.revenue) OVER (PARTITION BY m.month) AS total
    FROM monthly m
  )
  SELECT r.month, r.place, u.full_name, r.email, r.orders, r.revenue,
         round(100 * r.revenue / nullif(r.total, 0), 2) AS share,
         CASE WHEN r.before IS NULL THEN 'new' WHEN r.revenue > r.before THEN 'up' ELSE 'down' END AS trend,
         coalesce(c.name, 'nobody') AS contact
  FROM ranked r
  JOIN users u ON u.id = r.user_id
  LEFT JOIN LATERAL (SELECT e.name FROM public.users e WHERE e.id = u.manager_id LIMIT 1) c ON true
  WHERE r.place <= 10
  ORDER BY r.month, r.place;
  """

let columns = ["id", "full_name", "email", "card", "country", "manager_id", "note"].map {
  ShadowMap.Column(name: $0, type: "text", isMasked: ["email", "card"].contains($0))
}
let map = ShadowMap([
  ShadowMap.Table(schema: "public", table: "users", shadowSchema: "iss_m_0123456789ab", columns: columns, primaryKey: ["id"])
])
let path = SearchPath(schemas: ["pg_catalog", "public"])
let analyser = try SQLAnalyser()

/// Microseconds of one run, the best and the middle of many rounds.
func measure(_ name: String, times: Int = 50, _ work: () throws -> Void) rethrows {
  func shown(_ microseconds: Double) -> String { "\(Double(Int((microseconds * 100).rounded())) / 100) us" }
  var rounds: [Double] = []
  for _ in 0..<40 {
    let start = clock()
    for _ in 0..<times { try work() }
    rounds.append(Double(clock() - start) / Double(CLOCKS_PER_SEC) * 1e6 / Double(times))
  }
  rounds.sort()
  print("\(name): \(shown(rounds[0])) at best, \(shown(rounds[rounds.count / 2])) in the middle")
}

let select = Array("SELECT id, email FROM users WHERE id = 42".utf8)
let text = Array(report.utf8)
try measure("point select, parsed and translated") { _ = try analyser.analyse(select).translated(by: map, path: path) }
try measure("30 lines, parsed") { _ = try analyser.analyse(text) }
let parsed = try analyser.analyse(text)
measure("30 lines, translated") { _ = parsed.translated(by: map, path: path) }
try measure("30 lines, parsed and translated") { _ = try analyser.analyse(text).translated(by: map, path: path) }
precondition(!parsed.translated(by: map, path: path).isUnchanged)

#if SEES_THE_GATE
  // The gate's way with a text that it knows: verdict by the bytes, translation by the path, a note for the run.
  let policy = SessionPolicy(
    scope: "report", guardrails: [], limits: SessionLimits(),
    maskedTables: [
      MaskedTable(
        schema: "public", table: "users", tableOID: 16_400, shadowSchema: "iss_m_0123456789ab", shadowOID: 16_500,
        columns: columns.enumerated().map {
          .init(name: $1.name, number: Int16($0 + 1), type: "text", mask: $1.isMasked ? .email : nil)
        },
        primaryKey: ["id"])
    ], recordsParameters: false)
  let cache = VerdictCache()
  let number = cache.shared(policy).number
  let entry = StatementEntry.judge(text, .success(parsed), policy: policy)
  cache.keep(entry, policy: number)
  let key = TranslationMemory.Key(path: path, unmaskedSameNames: map.unmaskedSameNames, declaredParameters: nil)
  entry.translations.keep(
    .init(translation: parsed.translated(by: map, path: path), written: [], members: entry.members), for: key)
  var answers = 0
  measure("30 lines, seen before", times: 20_000) {
    text.withSpan { bytes in
      guard let entry = cache.find(bytes, policy: number), let known = entry.translations.find(key) else { return }
      answers += StatementNoteOfGate(entry: entry, known).translation == nil ? 0 : 1
    }
  }
  precondition(answers == 40 * 20_000)

  // Texts that differ from a known one in constants: none has been seen, and none is parsed.
  let selects = (0..<512).map { Array("SELECT id, email FROM users WHERE id = \(1000 + $0)".utf8) }
  cache.keep(StatementEntry.judge(selects[0], .success(try analyser.analyse(selects[0])), policy: policy), policy: number)
  @MainActor func alike(_ text: [UInt8]) -> StatementEntry? {
    text.withSpan { cache.find($0, policy: number) ?? cache.findAlike($0, policy: number) }
  }
  if let entry = alike(selects[1]) {
    let translation = try analyser.analyse(selects[1]).translated(by: map, path: path)
    entry.translations.keep(
      .init(translation: translation, written: [], members: entry.members, constants: entry.constants), for: key)
  }
  var moved = 0
  measure("100 point selects, like another in all but constants", times: 100) {
    for text in selects.dropFirst(2).prefix(100) {
      guard let entry = alike(text), let constants = entry.constants, var known = entry.translations.find(key),
        let from = known.constants, let translation = known.translation.moved(to: entry.text, from: from, to: constants)
      else { continue }
      known.translation = translation
      known.members = entry.members(
        verdict: .translated, maskedColumns: ["public.users.email"], translated: String(decoding: translation.text, as: UTF8.self)
      )
      moved += StatementNoteOfGate(entry: entry, known).translation == nil ? 0 : 1
    }
  }
  precondition(moved == 40 * 100 * 100)
#endif
