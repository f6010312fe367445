import Policy
import PostgresWire
import SQLAnalysis
import Synchronization
import Testing

@testable import Proxy

@Suite struct GateTests {
  private func policy(_ scope: String) -> SessionPolicy {
    SessionPolicy(scope: scope, guardrails: [], limits: SessionLimits(), maskedTables: [], recordsParameters: false)
  }

  private func entry(_ text: String) throws -> StatementEntry {
    let bytes = Array(text.utf8)
    let analyser = try SQLAnalyser()
    return StatementEntry.judge(
      bytes, Result { () throws(ParseFailure) in try analyser.analyse(bytes) }, policy: policy("a"))
  }

  private func find(_ cache: VerdictCache, _ text: String, _ policy: Int) -> StatementEntry? {
    let bytes = Array(text.utf8)
    return unsafe cache.find(bytes.span.bytes, policy: policy)
  }

  @Test func `a verdict is found by the same bytes under the same policy only`() throws {
    let cache = VerdictCache()
    let (first, second) = (cache.shared(policy("a")).number, cache.shared(policy("b")).number)
    #expect(first != second)
    #expect(cache.shared(policy("a")).number == first)
    cache.keep(try entry("SELECT 1"), policy: first)
    #expect(find(cache, "SELECT 1", first) != nil)
    #expect(find(cache, "SELECT  1", first) == nil)
    #expect(find(cache, "SELECT 1", second) == nil)
  }

  @Test func `the cache stays bounded, and numbers of policies never come back with another meaning`() throws {
    let cache = VerdictCache()
    let kept = try entry("SELECT 'kept'")
    let number = cache.shared(policy("a")).number
    cache.keep(kept, policy: number)
    for other in 0..<300 { _ = cache.shared(policy("scope \(other)")) }
    #expect(cache.shared(policy("a")).number != number)
    #expect(find(cache, "SELECT 'kept'", cache.shared(policy("a")).number) == nil)
  }

  @Test(arguments: [
    ("copy t from stdin", true), ("SELECT 1", false), ("SELECT 'COPY' FROM STDIN", true), ("cop", false), ("eXecute a", true),
    ("execut", false),
  ])
  func `a text that nobody parsed may be a COPY only if it says so`(text: String, may: Bool) {
    let entry = StatementEntry(
      text: Array(text.utf8), parsed: nil, outcome: .unparsed(.init(reason: .syntax, message: "")))
    #expect(entry.mayCopyIn == may)
  }

  @Test func `a cancel key works with the whole secret, and dies with its session`() {
    let registry = CancelRegistry()
    let hits = Mutex(0)
    let key = registry.register(processID: 4711, secretBytes: 32) { done in
      hits.withLock { $0 += 1 }
      done()
    }
    #expect(key.processID == 4711)
    let ends = Mutex(0)
    #expect(registry.cancel(key) { ends.withLock { $0 += 1 } })
    #expect(ends.withLock { $0 } == 1)
    var wrong = key.secret
    wrong[31] ^= 1
    #expect(!registry.cancel(CancelKey(processID: key.processID, secret: wrong)!))
    #expect(!registry.cancel(CancelKey(processID: key.processID, secret: Array(key.secret.prefix(4)))!))
    registry.remove(key.processID)
    #expect(!registry.cancel(key))
    #expect(hits.withLock { $0 } == 1)
  }

  @Test func `a process number that is taken, or is none, gives a number that no process has, with a key of its own`() {
    let registry = CancelRegistry()
    let hits = Mutex<[Int]>([])
    let keys = [5, 5, 0, 0x8000_0000].enumerated().map { index, number in
      registry.register(processID: UInt32(number), secretBytes: 4) { _ in hits.withLock { $0.append(index) } }
    }
    #expect(keys[0].processID == 5)
    #expect(keys.dropFirst().allSatisfy { (0x4000_0000...0x7fff_ffff).contains($0.processID) })
    #expect(Set(keys.map(\.processID)).count == 4)
    #expect(!registry.cancel(CancelKey(processID: 5, secret: keys[1].secret)!))
    for key in keys { #expect(registry.cancel(key)) }
    #expect(hits.withLock { $0 } == [0, 1, 2, 3])
    // The session that held the number has ended: the next one has it.
    registry.remove(keys[0].processID)
    #expect(registry.register(processID: 5, secretBytes: 4) { _ in }.processID == 5)
    #expect(!registry.cancel(keys[0]))
  }

  @Test func `half-open connections are counted for each address`() {
    let counter = HalfOpenCounter(perAddressMax: 2)
    #expect(counter.enter("10.0.0.1") && counter.enter("10.0.0.1"))
    #expect(!counter.enter("10.0.0.1"))
    #expect(counter.enter("10.0.0.2"))
    counter.leave("10.0.0.1")
    #expect(counter.enter("10.0.0.1"))
  }

  @Test func `a lease that ended while its login was on the way is not let in`() {
    let registry = SessionRegistry()
    let told = Mutex<[SessionRegistry.News]>([])
    let tell: SessionRegistry.Tell = { news in told.withLock { $0.append(news) } }
    #expect(registry.add("s", of: "l", tell) == nil)
    registry.leaseEnded("l", reason: "revoked")
    #expect(told.withLock { $0 } == [.over(reason: "revoked")])
    #expect(registry.add("s", of: "l", tell) == "revoked")
  }

  @Test func `news reach the sessions that they are about, until these have ended`() {
    let registry = SessionRegistry()
    let told = Mutex<[String: [SessionRegistry.News]]>([:])
    for (session, lease) in [("1", "a"), ("2", "a"), ("3", "b")] {
      #expect(registry.add(session, of: lease) { news in told.withLock { $0[session, default: []].append(news) } } == nil)
    }
    registry.deadlineMoved("a", remainingMilliseconds: 5)
    registry.sessionKilled("3", reason: "enough")
    registry.remove("2", of: "a")
    registry.leaseEnded("a", reason: "revoked")
    #expect(
      told.withLock { $0 } == [
        "1": [.deadline(remainingMilliseconds: 5), .over(reason: "revoked")], "2": [.deadline(remainingMilliseconds: 5)],
        "3": [.over(reason: "enough")],
      ])
    registry.remove("1", of: "a")
    #expect(registry.leases == ["b"])
  }

  @Test func `a shadow's columns are told as the table's, and a masked base column is refused`() throws {
    let check = RowDescriptionCheck([
      MaskedTable(
        schema: "app", table: "users", tableOID: 100, shadowSchema: "iss_m_app", shadowOID: 200,
        columns: [.init(name: "id", number: 1, type: "integer"), .init(name: "email", number: 3, type: "text", mask: .email)],
        primaryKey: ["id"], rowTypes: [.init(shadow: 201, base: 101), .init(shadow: 202, base: 102)])
    ])
    func body(_ columns: [RowDescription.Column]) -> [UInt8] {
      var writer = WireWriter()
      RowDescription(columns: columns).encode(into: &writer)
      return Array(writer.bytes.dropFirst(5))
    }
    let shadow = body([
      .init(name: Array("id".utf8), tableOID: 200, columnNumber: 1, typeOID: 23),
      .init(name: Array("email".utf8), tableOID: 200, columnNumber: 2, typeOID: 25),
    ])
    let told = try #require(try unsafe check.check(shadow.span.bytes))
    let columns = try unsafe RowDescription.decode(Array(told.dropFirst(5)).span.bytes).columns
    #expect(columns.map(\.tableOID) == [100, 100])
    #expect(columns.map(\.columnNumber) == [1, 3])
    let rows = body([.init(name: [], typeOID: 201), .init(name: [], typeOID: 25), .init(name: [], typeOID: 202)])
    let toldRows = try #require(try unsafe check.check(rows.span.bytes))
    #expect(try unsafe RowDescription.decode(Array(toldRows.dropFirst(5)).span.bytes).columns.map(\.typeOID) == [101, 25, 102])
    let free = body([.init(name: [], tableOID: 100, columnNumber: 1, typeOID: 23)])
    #expect(try unsafe check.check(free.span.bytes) == nil)
    let raw = body([.init(name: [], tableOID: 100, columnNumber: 3, typeOID: 25)])
    #expect(throws: RowDescriptionCheck.Violation(table: "app.users", column: "email")) { try unsafe check.check(raw.span.bytes) }
  }
}
