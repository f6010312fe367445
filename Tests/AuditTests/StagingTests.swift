import CLinux
import FoundationEssentials
import Glibc
import Sodium
import Testing

@testable import Audit

@Suite struct StagingTests {
  private let records = SessionRecords(session: "s-1", lease: "l-1", person: "ada")

  private func members(_ text: String) -> StatementMembers {
    StatementMembers(text: Array(text.utf8), verdict: .forwarded, classes: ["select"], tables: ["public.users"])
  }

  @Test func `a staged record is in the file once it is committed, and not before`() throws {
    let folder = try Folder()
    let log = try AuditLog(directory: folder.log, writer: "proxy-a")
    let first = try log.stage(records, .simple, members("SELECT 1"), nil)
    let second = try log.stage(statement("SELECT 2"))
    #expect(second.sequence == first.sequence + 1)
    #expect(try lines(folder.segments()[0]).count == 2)
    #expect(log.head.sequence == first.sequence - 1)
    try log.commit(from: first.batch)
    #expect(try Array(AuditReader(folder.log)).map { $0["text"] } == [nil, "SELECT 1", "SELECT 2"])
    #expect(log.head.sequence == second.sequence)
    #expect(try AuditVerifier.verify(folder.log, trustedKeys: []).findings == [])
  }

  @Test func `a record from encoded members is the one that the event gives`() throws {
    let folder = try Folder()
    let log = try AuditLog(directory: folder.log, writer: "proxy-a")
    let text = "SELECT \"a\\b\"\n\t\u{1}\u{1F600} \u{e9}, 12345678"
    try log.append(
      .statement(
        .init(
          session: "s-1", lease: "l-1", person: "ada", form: "execute", text: .text(text),
          parameters: [.null, .text("\u{e9}\"y"), .text("plain"), .binary([0xff]), .binary([0x41])], verdict: .alarm, rule: "r",
          classes: ["select"], tables: ["public.users"], maskedColumns: ["public.users.email"], translated: "SELECT 2")))
    try log.append(outcome(of: 2))
    let statement = StatementMembers(
      text: Array(text.utf8), verdict: .alarm, rule: "r", classes: ["select"], tables: ["public.users"],
      maskedColumns: ["public.users.email"], translated: "SELECT 2")
    let values: [([UInt8]?, Bool)] = [
      (nil, true), (Array("\u{e9}\"y".utf8), true), (Array("plain".utf8), true), ([0xff], true), ([0x41], false),
    ]
    var scratch = ParameterScratch()
    scratch.encode(count: values.count) { index, encode in
      if let bytes = values[index].0 { encode(unsafe bytes.span.bytes, values[index].1) } else { encode(nil, true) }
    }
    let staged = try log.stage(records, .execute, statement, scratch)
    _ = try log.stage(records, .execute, statement, scratch.members)
    _ = try log.stage(
      records,
      StatementEnd(statement: 2, sqlState: nil, tag: "SELECT 1", rows: 1, bytes: 20, durationMicroseconds: 1500))
    try log.commit(from: staged.batch)
    let members = try lines(folder.segments()[0]).dropFirst().dropLast().map { line in
      String(line[try #require(line.firstRange(of: "\"kind\"")).lowerBound...])
    }
    #expect(members[0] == members[2])
    #expect(members[0] == members[3])
    #expect(members[1] == members[4])
  }

  @Test(arguments: 0..<64)
  func `text is escaped wherever in it the special byte stands`(position: Int) throws {
    for special in ["\"", "\\", "\n", "\u{1f}", "\u{7f}", "\u{80}", " ", "!"] {
      let text = String(repeating: "a", count: position) + special + String(repeating: "b", count: 63 - position)
      var line = JSONLine(capacity: 1)
      line.string(text)
      #expect(try JSONDecoder().decode(String.self, from: Data(line.bytes)) == text)
    }
  }

  @Test func `numbers and hashes are written as Swift writes them`() {
    for number: UInt64 in [0, 9, 10, 99, 100, 12_345, 9_999_999_999_999_999_999, 10_000_000_000_000_000_000, .max] {
      var line = JSONLine(capacity: 1)
      line.number(number)
      #expect(String(decoding: line.bytes, as: UTF8.self) == String(number))
    }
    var line = JSONLine(capacity: 1)
    let hash: [UInt8] = (0..<32).map { UInt8($0 * 8 + $0 % 8) }
    line.hexadecimal(ChainHash(hash))
    #expect(String(decoding: line.bytes, as: UTF8.self) == Hex.encode(hash))
  }

  @Test func `records that could not be written are lost for all who staged them, and the chain goes on without them`() throws {
    let folder = try Folder()
    let mounted = folder.path + "/full"
    try FileManager.default.createDirectory(atPath: mounted, withIntermediateDirectories: false)
    guard unsafe mount("tmpfs", mounted, "tmpfs", 0, "size=64k") == 0 else { return }  // needs root
    defer { _ = unsafe umount2(mounted, Int32(MNT_DETACH)) }
    let log = try AuditLog(directory: mounted + "/log", writer: "proxy-a")
    let kept = try log.stage(statement("SELECT 'kept'"))
    try log.commit(from: kept.batch)
    let lost = try log.stage(statement(String(repeating: "x", count: 100_000)))
    let also = try log.stage(statement("SELECT 'lost, too'"))
    #expect(code { try log.commit(from: lost.batch) } == .diskFull)
    #expect(code { try log.commit(from: also.batch) } == .diskFull)
    let after = try log.stage(statement("SELECT 'after'"))
    #expect(after.sequence == lost.sequence && after.batch > lost.batch)
    try log.commit(from: after.batch)
    #expect(code { try log.commit(from: lost.batch) } == .diskFull)
    #expect(try Array(AuditReader(mounted + "/log")).dropFirst().map { $0["text"] } == ["SELECT 'kept'", "SELECT 'after'"])
    #expect(try AuditVerifier.verify(mounted + "/log", trustedKeys: []).findings == [])
  }

  @Test func `a sync that is asked for later tells when what was committed is on disk`() async throws {
    let folder = try Folder()
    let log = try AuditLog(directory: folder.log, writer: "proxy-a", durability: .strict)
    let staged = try log.stage(statement("SELECT 1"))
    try log.commit(from: staged.batch)
    for _ in 0..<3 {
      #expect(await withCheckedContinuation { told in log.syncLater { told.resume(returning: $0 == nil) } })
    }
  }
}
