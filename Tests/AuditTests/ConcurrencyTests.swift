import CLinux
import Dispatch
import FoundationEssentials
import Glibc
import Synchronization
import Testing

@testable import Audit

/// One thread writes while others stage: what the chain is then, and who hears of what was lost.
@Suite struct ConcurrencyTests {
  private let folder: Folder
  private let records = SessionRecords(session: "s-1", lease: "l-1", person: "ada")
  init() throws { folder = try Folder() }

  private func members(_ text: String) -> StatementMembers { StatementMembers(text: Array(text.utf8), verdict: .forwarded) }

  /// A thread for each number, and the end of all.
  private func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) async {
    await withCheckedContinuation { done in
      let group = DispatchGroup()
      for number in 0..<count { DispatchQueue(label: "audit.test.\(number)").async(group: group) { body(number) } }
      group.notify(queue: .global()) { done.resume() }
    }
  }

  @Test func `a caller whose records another's write has taken writes nothing more`() throws {
    let log = try AuditLog(directory: folder.log, writer: "proxy-a")
    let mine = try log.stage(statement("SELECT 1"))
    let other = try log.stage(statement("SELECT 2"))
    try log.commit(from: other.batch, through: other.batch)
    #expect(log.head.sequence == other.sequence)
    let later = try log.stage(statement("SELECT 3"))
    #expect(later.batch > mine.batch)
    try log.commit(from: mine.batch, through: mine.batch)
    #expect(log.head.sequence == other.sequence, "what was staged later waits for its own commit")
    try log.commit(from: later.batch, through: later.batch)
    #expect(try Array(AuditReader(folder.log)).compactMap { $0["text"] } == ["SELECT 1", "SELECT 2", "SELECT 3"])
  }

  @Test func `threads that stage and commit at once write one chain, and find their records in the file`() async throws {
    let log = try AuditLog(directory: folder.log, writer: "proxy-a", segmentBytesMax: 50_000)
    let found = Mutex<[UInt64]>([])
    await onThreads(4) { thread in
      var random = SplitMix(state: UInt64(thread))
      do {
        for turn in 0..<400 {
          var (first, last): (AuditLog.Staged?, AuditLog.Staged?)
          for part in 0...Int.random(in: 0...2, using: &random) {
            let text = "\(thread) \(turn) \(part) " + String(repeating: "x", count: .random(in: 0...300, using: &random))
            last = try log.stage(records, .simple, members(text), nil)
            first = first ?? last
          }
          guard let first, let last else { continue }
          try log.commit(from: first.batch, through: last.batch)
          #expect(log.head.sequence >= last.sequence)
          found.withLock { $0 += [first.sequence, last.sequence] }
          if turn % 50 == 0 { try log.append(statement("appended by \(thread)")) }
        }
      } catch { Issue.record(error) }
    }
    let report = try AuditVerifier.verify(folder.log, trustedKeys: [])
    #expect(report.findings == [] && report.segments > 3)
    #expect(report.lastSequence == log.head.sequence && found.withLock { $0.count } == 3200)
    // Each thread's in the order in which it staged them.
    var places: [Substring: [[Int]]] = [:]
    for record in try AuditReader(folder.log) where record["text"]?.hasPrefix("appended") == false {
      let words = try #require(record["text"]).split(separator: " ")
      places[words[0], default: []].append(words[1...2].compactMap { Int($0) })
    }
    #expect(places.count == 4)
    for (_, turns) in places { #expect(turns == turns.sorted { ($0[0], $0[1]) < ($1[0], $1[1]) }) }
  }

  @Test func `while the disk fills and empties, each thread hears of exactly its own records that were lost`() async throws {
    let mounted = folder.path + "/full"
    try FileManager.default.createDirectory(atPath: mounted, withIntermediateDirectories: false)
    guard unsafe mount("tmpfs", mounted, "tmpfs", 0, "size=8m") == 0 else { return }  // needs root
    defer { _ = unsafe umount2(mounted, Int32(MNT_DETACH)) }
    let log = try AuditLog(directory: mounted + "/log", writer: "proxy-a", segmentBytesMax: 400_000)
    struct Told {
      var kept: [String: UInt64] = [:]
      var lost: Set<String> = []
      /// Commits of two records that failed: others' batches between the two are taken for lost ones of their own.
      var pairs = 0
      var running = 3
    }
    let told = Mutex(Told())
    let ballast = mounted + "/ballast"
    await onThreads(4) { thread in
      guard thread < 3 else {
        // Fills the disk and empties it again, for as long as the others write.
        while told.withLock({ $0.running }) > 0 {
          let file = unsafe open(ballast, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
          let block = [UInt8](repeating: 1, count: 4096)
          while unsafe Glibc.write(file, block, block.count) > 0 {}
          usleep(500)
          close(file)
          unsafe unlink(ballast)
          usleep(500)
        }
        return
      }
      defer { told.withLock { $0.running -= 1 } }
      var random = SplitMix(state: UInt64(thread))
      for turn in 0..<1500 {
        let text = "\(thread) \(turn) " + String(repeating: "x", count: .random(in: 0...600, using: &random))
        do {
          let staged = try log.stage(records, .simple, members(text), nil)
          let more = turn % 3 == 0 ? try log.stage(records, .simple, members(text + " 2"), nil) : nil
          do {
            try log.commit(from: staged.batch, through: (more ?? staged).batch)
            told.withLock {
              $0.kept[text] = staged.sequence
              if let more { $0.kept[text + " 2"] = more.sequence }
            }
          } catch {
            #expect((error as? AuditError)?.code == .diskFull, "\(error)")
            told.withLock { if more == nil { $0.lost.insert(text) } else { $0.pairs += 1 } }
          }
        } catch { Issue.record(error) }
      }
    }
    let report = try AuditVerifier.verify(mounted + "/log", trustedKeys: [])
    #expect(report.findings == [])
    var written: [String: UInt64] = [:]
    for record in try AuditReader(mounted + "/log") { if let text = record["text"] { written[text] = record.sequence } }
    told.withLock { told in
      #expect(told.kept.count > 300 && told.lost.count > 30, "\(told.kept.count) kept, \(told.lost.count) lost")
      for (text, sequence) in told.kept { #expect(written[text] == sequence) }
      for text in told.lost { #expect(written[text] == nil) }
      #expect(written.count <= told.kept.count + 2 * told.pairs)
    }
  }

  @Test func `losses of long ago are remembered as one, and nobody takes them for none`() {
    struct Full: Error { let number: Int }
    var lost = LostBatches()
    for number in 1...LostBatches.rangesMax + 3 { lost.add(UInt64(10 * number)...UInt64(10 * number + 1), Full(number: number)) }
    #expect((lost.why(100...100) as? Full)?.number == 10)
    #expect((lost.why(101...105) as? Full)?.number == 10)
    #expect(lost.why(102...109) == nil)
    #expect(lost.why(95...99) == nil)
    #expect(lost.why(12...12) != nil, "forgotten, and so lost")
    #expect(lost.why(UInt64.max...UInt64.max) == nil)
    lost.add(672...673, Full(number: 100))
    #expect((lost.why(671...671) as? Full)?.number == 100 && (lost.why(673...999) as? Full)?.number == 100)
    #expect((lost.why(40...40) as? Full)?.number == 4, "ranges that touch are one, and none is forgotten for it")
  }
}
