import Policy
import PostgresWire
import SQLAnalysis
import Testing

@testable import Proxy

/// What a worker remembers of texts is bounded in memory, whatever clients send.
@Suite struct VerdictCacheTests {
  private let policy = SessionPolicy(
    scope: "read", guardrails: [], limits: SessionLimits(), maskedTables: [], recordsParameters: false)
  private let analyser: SQLAnalyser

  init() throws { analyser = try SQLAnalyser() }

  private func judged(_ text: String) -> StatementEntry {
    let text = Array(text.utf8)
    return StatementEntry.judge(text, Result { () throws(ParseFailure) in try analyser.analyse(text) }, policy: policy)
  }

  @Test func `an entry counts with its tree, which takes a hundred times its text`() {
    let text = "SELECT 1" + String(repeating: ",1", count: 10_000)
    #expect(judged(text).footprintBytes > 100 * text.utf8.count)
  }

  @Test func `texts that are small and dear do not fill the memory`() {
    let cache = VerdictCache()
    let number = cache.shared(policy).number
    let texts = (0..<60).map { "SELECT \($0)" + String(repeating: ",a", count: 7_000) }
    var all = 0
    for text in texts {
      let entry = judged(text)
      #expect(entry.footprintBytes < VerdictCache.entryBytesMax, "small enough to be kept")
      all += entry.footprintBytes
      cache.keep(entry, policy: number)
    }
    let kept = texts.compactMap { text in Array(text.utf8).withSpan { cache.find($0, policy: number) } }
    #expect(!kept.isEmpty && all > VerdictCache.bytesMax)
    #expect(kept.map(\.footprintBytes).reduce(0, +) <= VerdictCache.bytesMax)
  }

  @Test func `one that would fill it with a few is not kept`() {
    let cache = VerdictCache()
    let number = cache.shared(policy).number
    let text = "SELECT 1" + String(repeating: ",1", count: 30_000)
    cache.keep(judged(text), policy: number)
    #expect(Array(text.utf8).withSpan { cache.find($0, policy: number) } == nil)
    cache.keep(judged("SELECT 1"), policy: number)
    #expect(Array("SELECT 1".utf8).withSpan { cache.find($0, policy: number) } != nil)
  }
}
