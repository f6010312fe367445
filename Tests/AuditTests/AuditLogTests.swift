import FoundationEssentials
import Glibc
import Sodium
import Testing

@testable import Audit

@Suite struct AuditLogTests {
  let folder: Folder
  let key: SigningKey
  init() throws {
    folder = try Folder()
    key = try SigningKey(seed: SecretBytes(copying: 0..<32))
  }

  private func open(_ durability: AuditLog.Durability = .normal, segmentBytesMax: Int = 1 << 20) throws -> AuditLog {
    try AuditLog(directory: folder.log, writer: "proxy-a", durability: durability, segmentBytesMax: segmentBytesMax)
  }

  private func verify(_ ledger: [SignedCheckpoint] = []) throws -> VerificationReport {
    try AuditVerifier.verify(folder.log, trustedKeys: [key.verificationKey], ledgerCheckpoints: ledger)
  }

  @Test func `a record is in the file when append returns`() throws {
    let log = try open()
    let position = try log.append(statement("SELECT 1"))
    #expect(try lines(folder.segments()[0]).count == 3)
    #expect(position.sequence == 2)
    #expect(log.head.sequence == 2)
  }

  @Test func `the chain goes on over segments and openings`() throws {
    for _ in 0..<3 {
      let log = try open(segmentBytesMax: 2000)
      for number in 0..<20 { try log.append(statement("SELECT \(number)")) }
      try log.checkpoint(by: key)
    }
    let report = try verify()
    #expect(report.findings == [])
    #expect(report.records == 66 && report.lastSequence == 66 && report.checkpoints == 3)
    #expect(report.segments > 3)
    #expect(report.recordsUncovered == 1, "the last checkpoint's own record")
  }

  @Test func `two writers of one directory are refused`() throws {
    let log = try open()
    #expect(code { _ = try open() } == .inUse)
    try log.append(statement("SELECT 1"))
  }

  @Test func `a directory of another writer is refused`() throws {
    do { _ = try open() }
    #expect(code { _ = try AuditLog(directory: folder.log, writer: "other") } == .damaged)
  }

  @Test(arguments: ["", "a b", "a/b", "\u{e9}", String(repeating: "a", count: 65)])
  func `a writer's name that the format does not take is refused`(name: String) {
    #expect(code { _ = try AuditLog(directory: folder.log, writer: name) } == .invalid)
  }

  @Test func `a checkpoint is made only when there is something new`() throws {
    let log = try open()
    #expect(try log.checkpoint(by: key) != nil)
    #expect(try log.checkpoint(by: key) == nil)
    try log.append(statement("SELECT 1"))
    #expect(try log.checkpoint(by: key)?.head.sequence == 3)
  }

  @Test func `a checkpoint of another head or writer is not appended`() throws {
    struct Liar: CheckpointSigner {
      let key: SigningKey
      func sign(_ head: CheckpointHead) throws -> SignedCheckpoint {
        SignedCheckpoint(signing: CheckpointHead(writer: head.writer, sequence: head.sequence + 1, hash: head.hash), with: key)
      }
    }
    let log = try open()
    #expect(code { try log.checkpoint(by: Liar(key: key)) } == .invalid)
    let other = SignedCheckpoint(signing: CheckpointHead(writer: "other", sequence: 1, hash: log.head.hash), with: key)
    #expect(code { try log.append(other) } == .invalid)
  }

  @Test func `a checkpoint's canonical bytes are those of the document`() {
    let head = CheckpointHead(writer: "proxy-a", sequence: 42, hash: [UInt8](repeating: 0xab, count: 32))
    let text = String(decoding: SignedCheckpoint.canonicalBytes(head, at: "2026-11-23T04:25:11.000042Z"), as: UTF8.self)
    #expect(
      text == "issuer audit checkpoint v1\nproxy-a\n42\n" + String(repeating: "ab", count: 32) + "\n2026-11-23T04:25:11.000042Z\n"
    )
  }

  // MARK: - Crashes

  @Test func `a last record cut at any byte is cut off, put on record, and the chain goes on`() throws {
    do {
      let log = try open()
      try log.append(statement("SELECT 1"))
      try log.append(statement("SELECT 2"))
    }
    let path = try folder.segments()[0]
    let whole = try bytes(of: path)
    let lastStart = try #require(whole.dropLast().lastIndex(of: 0x0a)) + 1
    for count in lastStart...whole.count {
      try write(Array(whole[..<count]), to: path)
      do { try open().append(statement("SELECT 3")) }
      let report = try verify()
      #expect(report.findings == [], "cut at \(count)")
      let recovery = try AuditReader(folder.log).first { $0.kind == "log_recovered" }
      let isTorn = count > lastStart && count < whole.count
      #expect((recovery != nil) == isTorn, "cut at \(count)")
      if isTorn {
        #expect(recovery?.number("tornBytes") == UInt64(count - lastStart))
        #expect(recovery?["torn"].flatMap(Base64URL.decode) == Array(whole[lastStart..<count]))
      }
    }
  }

  @Test func `zeros at the end, as a loss of power leaves them, are a torn end`() throws {
    do { try open().append(statement("SELECT 1")) }
    let path = try folder.segments()[0]
    try write(bytes(of: path) + [UInt8](repeating: 0, count: 5000), to: path)
    do { try open().append(statement("SELECT 2")) }
    #expect(try verify().findings == [])
    #expect(try AuditReader(folder.log).contains { $0.kind == "log_recovered" && $0.number("tornBytes") == 5000 })
  }

  @Test func `a last record with a hole in it is a torn end`() throws {
    do { try open().append(statement(String(repeating: "x", count: 400))) }
    let path = try folder.segments()[0]
    var damaged = try bytes(of: path)
    for index in damaged.count - 200..<damaged.count - 100 { damaged[index] = 0 }
    try write(damaged, to: path)
    do { try open().append(statement("SELECT 2")) }
    #expect(try verify().findings == [])
  }

  @Test func `a crash between a segment's creation and its first record is nothing`() throws {
    do { try open().append(statement("SELECT 1")) }
    try write([UInt8](), to: Segments.path(in: folder.log, first: 3))
    do { try open().append(statement("SELECT 2")) }
    let report = try verify()
    #expect(report.findings == [] && report.segments == 2 && report.lastSequence == 4)
  }

  @Test func `damage with good records behind it is no crash and stops the start`() throws {
    do {
      let log = try open()
      for number in 0..<5 { try log.append(statement("SELECT \(number)")) }
    }
    let path = try folder.segments()[0]
    var text = try lines(path)
    text[2] = text[2].replacing("SELECT 1", with: "SELECT 9")
    try write(text, to: path)
    #expect(code { _ = try open() } == .damaged)
  }

  @Test func `a full disk is the caller's error, leaves no half record, and is over when there is space`() throws {
    let mounted = folder.path + "/full"
    try FileManager.default.createDirectory(atPath: mounted, withIntermediateDirectories: false)
    guard unsafe mount("tmpfs", mounted, "tmpfs", 0, "size=64k") == 0 else { return }  // needs root
    defer { _ = unsafe umount2(mounted, Int32(MNT_DETACH)) }
    let directory = mounted + "/log"
    let log = try AuditLog(directory: directory, writer: "proxy-a")
    let ballast = mounted + "/ballast"
    try write([UInt8](repeating: 1, count: 24 << 10), to: ballast)
    var appended: UInt64 = 1
    var failure: AuditError.Code?
    while failure == nil && appended < 1000 {
      failure = code { try log.append(statement(String(repeating: "x", count: 700))) }
      if failure == nil { appended += 1 }
    }
    #expect(failure == .diskFull)
    #expect(log.head.sequence == appended)
    #expect(try AuditVerifier.verify(directory, trustedKeys: []).findings == [], "no half record")
    try FileManager.default.removeItem(atPath: ballast)
    try log.append(statement("SELECT 1"))
    let report = try AuditVerifier.verify(directory, trustedKeys: [])
    #expect(report.findings == [] && report.lastSequence == appended + 1)
  }

  @Test func `a record above the ceiling is refused and the log goes on`() throws {
    let log = try open()
    #expect(code { try log.append(statement(String(repeating: "x", count: 1 << 24))) } == .tooLong)
    try log.append(statement("SELECT 1"))
    #expect(try verify().findings == [])
  }

  // MARK: - Threads

  @Test(arguments: AuditLog.Durability.allCases)
  func `many threads write one chain, and each sees its own records in order`(durability: AuditLog.Durability) async throws {
    let log = try open(durability, segmentBytesMax: 20_000)
    let signer = key
    let counts = try await withThrowingTaskGroup(of: [UInt64].self) { group in
      for worker in 0..<8 {
        group.addTask {
          var generator = SplitMix(state: UInt64(worker))
          var sequences: [UInt64] = []
          for _ in 0..<100 {
            let text = String(repeating: "x", count: .random(in: 0...800, using: &generator))
            sequences.append(try log.append(statement(text, session: "s-\(worker)")).sequence)
            if UInt8.random(in: 0...20, using: &generator) == 0 { try log.checkpoint(by: signer) }
          }
          return sequences
        }
      }
      return try await group.reduce(into: [[UInt64]]()) { $0.append($1) }
    }
    for sequences in counts { #expect(sequences == sequences.sorted()) }
    #expect(Set(counts.joined()).count == 800)
    let report = try verify()
    #expect(report.findings == [])
    #expect(report.lastSequence == log.head.sequence)
    let perSession = Dictionary(grouping: try AuditReader(folder.log).filter { $0.kind == "statement" }) { $0["session"] ?? "" }
    #expect(perSession.count == 8 && perSession.values.allSatisfy { $0.count == 100 })
  }
}
