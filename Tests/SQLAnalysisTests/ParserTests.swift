import SQLAnalysis
import Testing

@Suite struct ParserTests {
  let analyser: SQLAnalyser

  init() throws { analyser = try SQLAnalyser() }

  private func failure(_ text: String) -> ParseFailure? {
    do throws(ParseFailure) {
      _ = try analyser.analyse(text: text)
      return nil
    } catch {
      return error
    }
  }

  @Test func `a syntax error has the parser's message and a position in characters`() {
    #expect(
      failure("SELECT 'ü' FROM FROM")
        == ParseFailure(reason: .syntax, message: "syntax error at or near \"FROM\"", position: 17))
  }

  @Test func `a NUL and invalid UTF-8 are encoding failures`() {
    #expect(failure("SELECT 1\0")?.reason == .encoding)
    #expect(throws: ParseFailure.self) { try analyser.analyse([0x53, 0xff]) }
    #expect(throws: ParseFailure.self) { try analyser.analyse(Array("SELECT '".utf8) + [0xed, 0xa0, 0x80, 0x27]) }
  }

  @Test func `a text above the ceiling is refused unread`() throws {
    let small = try SQLAnalyser(statementBytesMax: 10)
    #expect(throws: ParseFailure(reason: .tooLong, message: "the statement has 11 bytes; the ceiling is 10")) {
      try small.analyse(text: "SELECT 1234")
    }
  }

  /// `head`, then `unit` again and again, `middle`, and as many times `end`.
  struct Chain: Sendable, CustomTestStringConvertible {
    var head: String
    var unit: String
    var count: Int
    var middle = ""
    var end = ""

    var text: String { head + String(repeating: unit, count: count) + middle + String(repeating: end, count: count) }
    var testDescription: String { head + unit + "..." }
  }

  @Test(arguments: [
    Chain(head: "SELECT 1", unit: "+1", count: 100_000), Chain(head: "SELECT 1", unit: "+1", count: 500_000),
    Chain(head: "SELECT * FROM a", unit: " NATURAL JOIN a", count: 60_000),
    Chain(head: "SELECT * FROM a", unit: " JOIN b ON c", count: 80_000), Chain(head: "SELECT 1", unit: "::a", count: 300_000),
    Chain(head: "TABLE a", unit: " UNION TABLE a", count: 70_000), Chain(head: "SELECT a", unit: "->a", count: 300_000),
    Chain(head: "SELECT 1", unit: " COLLATE c", count: 100_000), Chain(head: "SELECT ", unit: "(", count: 100_000),
    Chain(head: "SELECT ", unit: "f(", count: 9_000, middle: "1", end: ")"),
    Chain(head: "SELECT ", unit: "a[", count: 9_000, middle: "1", end: "]"),
    Chain(head: "SELECT ", unit: "NOT ", count: 100_000, middle: "true"),
    Chain(head: "SELECT ", unit: "(SELECT ", count: 50_000, middle: "1", end: ")"),
  ])
  func `chains and nests that would overflow a stack are too complex`(chain: Chain) {
    #expect(failure(chain.text)?.reason == .tooComplex)
  }

  @Test func `a chain of a few thousand terms is analysed`() throws {
    let parsed = try analyser.analyse(text: "SELECT 1" + String(repeating: "+1", count: 5_000))
    #expect(parsed.analysis.classes == [.select])
  }

  @Test func `nested row assignments whose tree would be a gigabyte are too complex`() {
    var text = "a=1"
    for _ in 0..<30 { text = "(a,b)=(with x as(update t set \(text) returning 1)select 1,2)" }
    #expect(failure("update t set " + text)?.reason == .tooComplex)
    let columns = Array(repeating: "a", count: 50_000).joined(separator: ",")
    #expect(failure("UPDATE t SET (\(columns)) = ROW(\(columns))")?.reason == .tooComplex)
    #expect(failure("UPDATE t SET (a, b, c) = (SELECT 1, 2, 3) WHERE (a, b) = (1, 2)") == nil)
    let comparisons = Array(repeating: "coalesce(a, b) = coalesce(c, d) AND (a, b) = (1, 2)", count: 2_000)
    #expect(failure("SELECT 1 WHERE " + comparisons.joined(separator: " AND ")) == nil)
  }

  @Test func `a text too large for the caller's stack is analysed on the parser's thread`() async throws {
    let text = "SELECT '" + String(repeating: "x", count: 100_000) + "' FROM t"
    #expect(try analyser.analyse(text: text).analysis.statements.first?.relations.map(\.name) == ["t"])
    let answer = await withCheckedContinuation { continuation in
      analyser.submit(Array(text.utf8)) { continuation.resume(returning: $0) }
    }
    #expect(try answer.get().analysis.classes == [.select])
  }

  @Test func `an analyser may go away while texts wait, and in a completion`() async throws {
    var analyser: SQLAnalyser? = try SQLAnalyser()
    let text = Array("SELECT 1".utf8)
    let answers = AsyncStream<Int> { continuation in
      for number in 0..<100 { analyser?.submit(text) { _ in continuation.yield(number) } }
      let last = analyser
      analyser?.submit(text) { _ in
        withExtendedLifetime(last) {}
        continuation.finish()
      }
    }
    analyser = nil
    #expect(await answers.reduce(0) { sum, _ in sum + 1 } == 100)
  }

  @Test func `many callers share one analyser`() async throws {
    let analyser = analyser
    await withTaskGroup(of: Int.self) { group in
      for number in 0..<64 {
        group.addTask {
          let text = "SELECT \(number) FROM t\(number)" + String(repeating: " ", count: number.isMultiple(of: 2) ? 0 : 9_000)
          let name = try? analyser.analyse(text: text).analysis.statements[0].relations[0].name
          return name == "t\(number)" ? 1 : 0
        }
      }
      #expect(await group.reduce(0, +) == 64)
    }
  }

  @Test func `statements have byte ranges, blanks and comments have no statement`() throws {
    let parsed = try analyser.analyse(text: "SELECT 'ü'; /* x */ DELETE FROM t;;")
    #expect(parsed.analysis.statements.map(\.range) == [0..<11, 12..<34])
    #expect(parsed.analysis.statements.map(\.tag) == ["SELECT", "DELETE"])
    #expect(try analyser.analyse(text: " /* ; */ -- SELECT 1").analysis.statements.isEmpty)
    #expect(try analyser.analyse(text: "").analysis.statements.isEmpty)
  }
}
