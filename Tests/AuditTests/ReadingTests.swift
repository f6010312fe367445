import Sodium
import Testing

@testable import Audit

@Suite struct ReadingTests {
  let folder: Folder
  let log: AuditLog

  init() throws {
    folder = try Folder()
    log = try AuditLog(directory: folder.log, writer: "proxy-a")
    try log.append(
      .sessionOpened(
        .init(
          session: "s-1", lease: "l-1", person: "ada", role: "jit_ada", scope: "support", database: "shop", client: "::1",
          tls: true)))
    let one = try log.append(statement("SELECT * FROM Users", tables: ["public.users"]))
    try log.append(statement("SELECT 2", session: "s-2", person: "bob", tables: ["public.orders"]))
    try log.append(outcome(of: one.sequence))
    try log.append(.issuer(.init(.leaseRevoked, actor: "carol", person: "bob", lease: "l-2", text: "left the team")))
    try log.append(
      .sessionClosed(
        .init(session: "s-1", lease: "l-1", person: "ada", why: "client left", statements: 1, durationMicroseconds: 5)))
  }

  private func found(_ search: AuditSearch) throws -> [UInt64] {
    var search = search
    return try AuditReader(folder.log).filter { search.matches($0) }.map(\.sequence)
  }

  @Test func `a search finds by person, lease, session, table, kind and text, outcomes with their statements`() throws {
    #expect(try found(.init(person: "ada")) == [2, 3, 5, 7])
    #expect(try found(.init(person: "carol")) == [6])
    #expect(try found(.init(lease: "l-2")) == [6])
    #expect(try found(.init(session: "s-2")) == [4])
    #expect(try found(.init(table: "users")) == [3, 5])
    #expect(try found(.init(table: "public.orders")) == [4])
    #expect(try found(.init(table: "sers")) == [])
    #expect(try found(.init(kind: "statement")) == [3, 4])
    #expect(try found(.init(person: "ada", kind: "outcome")) == [5])
    #expect(try found(.init(text: "from users")) == [3, 5])
    #expect(try found(.init(person: "bob", text: "left")) == [6])
    #expect(try found(.init()) == [1, 2, 3, 4, 5, 6, 7])
  }

  @Test func `outcomes are found by session and lease, which their records leave to their statements`() throws {
    // A statement behind the first, of another session, and one that ends in two parts.
    let other = try log.append(statement("SELECT 2; SELECT 3", session: "s-3"))
    let one = try log.append(statement("SELECT 4", session: "s-4"))
    for statement in [one, other, other] { try log.append(outcome(of: statement.sequence, session: "")) }
    let lines = try AuditReader(folder.log).filter { $0.kind == "outcome" }.map { String(decoding: $0.line, as: UTF8.self) }
    #expect(lines.allSatisfy { !$0.contains("session") && !$0.contains("lease") && !$0.contains("sqlstate") })
    #expect(try found(.init(session: "s-3", kind: "outcome")) == [11, 12])
    #expect(try found(.init(session: "s-4")) == [9, 10])
    #expect(try found(.init(lease: "l-1", kind: "outcome")) == [5, 10, 11, 12])
    // The search begins behind the statement.
    let since = try #require(try AuditReader(folder.log).compactMap { $0.sequence == 10 ? AuditTime($0.time) : nil }.first)
    #expect(try found(.init(session: "s-3", since: since)).suffix(2) == [11, 12])
    #expect(AuditReplay(session: "s-3", records: try AuditReader(folder.log)).steps.map(\.record.sequence) == [8, 11, 12])
    let ended = try #require(try AuditReader(folder.log).first { $0.sequence == 11 })
    let row = String(decoding: AuditExport.bytes(ended, as: .csv), as: UTF8.self)
    #expect(row.contains(",outcome,,,s-3,l-1,") && row.contains(",00000,8,SELECT 1,1,20,1500,"))
    #expect(AuditExport.bytes(ended, as: .jsonl) == ended.line + [0x0a])
  }

  @Test func `outcomes of format 1 are read as they stand`() throws {
    let hash = Hex.encode([UInt8](repeating: 0, count: 32))
    func line(_ sequence: Int, _ members: String) -> String {
      "{\"seq\":\(sequence),\"writer\":\"w\",\"time\":\"2026-01-01T00:00:00.00000\(sequence)Z\",\"prev\":\"\(hash)\",\(members)}"
    }
    let old = folder.path + "/00000000000000000001.jsonl"
    try write(
      [
        line(1, #""kind":"statement","session":"s","lease":"l","person":"p","form":"simple","text":"x","verdict":"forwarded""#),
        line(2, #""kind":"outcome","session":"s","lease":"l","statement":1,"sqlstate":"22012","rows":0,"bytes":0,"micros":1"#),
        line(3, #""kind":"outcome","session":"else","lease":"m","statement":1,"sqlstate":"00000","rows":0,"bytes":0,"micros":1"#),
        "",
      ], to: old)
    let records = Array(try AuditReader(old))
    #expect(records.map { $0["session"] } == ["s", "s", "else"] && records.map { $0["lease"] } == ["l", "l", "m"])
    #expect(records.map { $0["sqlstate"] } == [nil, "22012", "00000"])
  }

  @Test func `a search has a beginning, and an end that is left out`() throws {
    let times = try AuditReader(folder.log).map { AuditTime($0.time) }
    let since = try #require(times[2])
    #expect(try found(.init(since: since)).last == 7)
    #expect(try found(.init(until: since)).allSatisfy { $0 < 3 })
    #expect(try found(.init(until: AuditTime(microseconds: 0))) == [])
  }

  @Test func `a replay has a session's records with the waits between them`() throws {
    let replay = AuditReplay(session: "s-1", records: try AuditReader(folder.log))
    #expect(replay.steps.map(\.record.kind) == ["session_opened", "statement", "outcome", "session_closed"])
    #expect(replay.steps[0].delayMicroseconds == 0)
    #expect(replay.delays(speed: nil) == [0, 0, 0, 0])
  }

  @Test func `waits are cut first and then divided by the speed`() {
    func record(_ sequence: Int, _ time: String) -> AuditRecord? {
      let zeros = String(repeating: "0", count: 64)
      return AuditRecord(
        line: Array(
          "{\"seq\":\(sequence),\"writer\":\"w\",\"time\":\"\(time)\",\"prev\":\"\(zeros)\",\"kind\":\"statement\",\"session\":\"s\"}"
            .utf8))
    }
    let records = [
      record(1, "2026-01-01T00:00:00.000000Z"), record(2, "2026-01-01T00:00:01.500000Z"),
      record(3, "2026-01-01T01:00:00.000000Z"),
    ].compactMap { $0 }
    let replay = AuditReplay(session: "s", records: records)
    #expect(replay.delays(speed: 1) == [0, 1_500_000, 3_598_500_000])
    #expect(replay.delays(speed: 3) == [0, 500_000, 1_199_500_000])
    #expect(replay.delays(speed: 2, idleSecondsMax: 2) == [0, 750_000, 1_000_000])
  }

  @Test func `an exported line is the line, and CSV is quoted and harmless in a spreadsheet`() throws {
    let records = Array(try AuditReader(folder.log))
    #expect(AuditExport.bytes(records[0], as: .jsonl) == records[0].line + [0x0a])
    try log.append(statement("=cmd()\n\"x\", y"))
    let last = try #require(try AuditReader(folder.log).max { $0.sequence < $1.sequence })
    let row = String(decoding: AuditExport.bytes(last, as: .csv), as: UTF8.self)
    #expect(row.contains(",\"'=cmd()\n\"\"x\"\", y\","))
    #expect(row.hasSuffix("\r\n"))
    #expect(AuditExport.csvHeader.hasPrefix("seq,writer,time,kind,person"))
  }

  @Test func `a statement cannot drive the reader's terminal`() throws {
    try log.append(statement("SELECT '\u{1b}[2J\u{202e}'"))
    let last = try #require(try AuditReader(folder.log).max { $0.sequence < $1.sequence })
    let text = AuditRendering.text(last)
    #expect(!text.contains("\u{1b}") && !text.contains("\u{202e}") && text.contains("\\u{1b}[2J"))
  }

  @Test func `logs are found in a directory and in those below it`() throws {
    _ = try AuditLog(directory: folder.path + "/issuerd", writer: "issuerd")
    #expect(try AuditReader.directories(in: folder.path) == [folder.path + "/issuerd", folder.log])
    #expect(try AuditReader.directories(in: folder.log) == [folder.log])
    #expect(code { _ = try AuditReader.directories(in: "/nowhere") } == .missing)
  }
}
