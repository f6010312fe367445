import FoundationEssentials
import Sodium
import Testing

@testable import Audit

@Suite struct TamperTests {
  let folder: Folder
  let key: SigningKey
  /// What the ledger keeps.
  let ledger: [SignedCheckpoint]

  /// Three segments; record 11 and 22 are checkpoints of 10 and 21; four records stand behind the last.
  init() throws {
    folder = try Folder()
    key = try SigningKey(seed: SecretBytes(copying: 0..<32))
    var ledger: [SignedCheckpoint] = []
    let log = try AuditLog(directory: folder.log, writer: "proxy-a", segmentBytesMax: 2500)
    for number in 2...26 where number != 11 && number != 22 {
      try log.append(statement("SELECT \(number)"))
      if number == 10 || number == 21 { ledger.append(try #require(try log.checkpoint(by: key))) }
    }
    self.ledger = ledger
    #expect(try folder.segments().count == 3)
    #expect(try verify().findings == [] && verify().recordsUncovered == 5)
  }

  private func verify(ledger: Bool = true, keys: [VerificationKey]? = nil) throws -> VerificationReport {
    try AuditVerifier.verify(
      folder.log, trustedKeys: keys ?? [key.verificationKey], ledgerCheckpoints: ledger ? self.ledger : [])
  }

  private func kinds(_ report: VerificationReport) -> [VerificationReport.Kind] { report.findings.map(\.kind) }

  /// The file and index of the line of a record.
  private func find(_ sequence: Int) throws -> (path: String, index: Int) {
    for path in try folder.segments() {
      if let index = try lines(path).firstIndex(where: { $0.hasPrefix("{\"seq\":\(sequence),") }) { return (path, index) }
    }
    throw CocoaError(.fileNoSuchFile)
  }

  private func change(_ sequence: Int, _ edit: (inout [String], Int) -> Void) throws {
    let (path, index) = try find(sequence)
    var text = try lines(path)
    edit(&text, index)
    try write(text, to: path)
  }

  /// Hashes the chain anew from a record on, as an attacker without the key can.
  private func rehash(from sequence: Int) throws {
    var previous: String?
    for path in try folder.segments() {
      var text = try lines(path)
      for index in text.indices where !text[index].isEmpty {
        let record = try #require(AuditRecord(line: Array(text[index].utf8)))
        if record.sequence > sequence, let previous {
          text[index] = text[index].replacing(
            "\"prev\":\"" + String(decoding: record.previous, as: UTF8.self), with: "\"prev\":\"" + previous)
        }
        previous = Hex.encode(Digest.blake2b(Array(text[index].utf8)))
      }
      try write(text, to: path)
    }
  }

  @Test(arguments: [2, 5, 9, 10, 14, 21, 25])
  func `an edited record is found, with file and line`(sequence: Int) throws {
    try change(sequence) { $0[$1] = $0[$1].replacing("SELECT \(sequence)", with: "SELECT 99") }
    let (path, index) = try find(sequence)
    let report = try verify(ledger: false)
    let first = try #require(report.findings.first)
    #expect(first.kind == .edited && first.file == path && first.line == index + 1)
    #expect(kinds(report) == (sequence == 10 || sequence == 21 ? [.edited, .rewritten] : [.edited]))
  }

  @Test func `every single flipped bit of a covered record is found`() throws {
    let path = try folder.segments()[0]
    let whole = try bytes(of: path)
    for index in whole.indices {
      var damaged = whole
      damaged[index] ^= 1 << UInt8(index % 8)
      try write(damaged, to: path)
      #expect(try !verify(ledger: false).isIntact, "byte \(index)")
    }
  }

  @Test func `a removed record is missing`() throws {
    try change(7) { $0.remove(at: $1) }
    let report = try verify(ledger: false)
    #expect(kinds(report) == [.missing])
    #expect(report.findings[0].message.contains("record 7 is missing"))
  }

  @Test func `a removed segment is missing`() throws {
    try FileManager.default.removeItem(atPath: folder.segments()[1])
    let report = try verify(ledger: false)
    #expect(kinds(report).contains(.missing))
    let rest = try Segments.list(folder.log)
    try FileManager.default.removeItem(atPath: rest[0].path)
    #expect(try kinds(verify(ledger: false)).contains(.missing))
    #expect(
      try AuditVerifier.verify(folder.log, trustedKeys: [key.verificationKey], allowsMissingStart: true).findings == [],
      "a start that is archived elsewhere can be allowed")
  }

  @Test func `swapped records are reordered`() throws {
    try change(5) { $0.swapAt($1, $1 + 1) }
    #expect(try kinds(verify(ledger: false)).filter { $0 != .timeBackwards } == [.reordered])
  }

  @Test func `a record put in is inserted`() throws {
    try change(5) { $0.insert($0[$1 - 1], at: $1 + 1) }
    #expect(try kinds(verify(ledger: false)).contains(.inserted))
  }

  @Test func `a record put in with a number of its own is found`() throws {
    try change(25) { $0.insert($0[$1].replacing("{\"seq\":25", with: "{\"seq\":27"), at: $1 + 2) }
    #expect(try kinds(verify(ledger: false)).contains(.edited))
  }

  @Test(arguments: [3, 15])
  func `an edit whose whole chain was hashed anew is rewritten`(sequence: Int) throws {
    try change(sequence) { $0[$1] = $0[$1].replacing("SELECT \(sequence)", with: "SELECT 99") }
    try rehash(from: sequence)
    let report = try verify(ledger: false)
    #expect(Set(kinds(report)) == [.rewritten])
    #expect(report.checkpointedThrough < UInt64(sequence) || sequence < 10)
  }

  @Test func `a rewrite that leaves the checkpoints out is found by the ledger`() throws {
    let paths = try folder.segments()
    for path in paths { try FileManager.default.removeItem(atPath: path) }
    do {
      let log = try AuditLog(directory: folder.log, writer: "proxy-a")
      for number in 2...26 { try log.append(statement("SELECT \(number + 1)")) }
    }
    let alone = try verify(ledger: false)
    #expect(alone.isIntact && alone.recordsUncovered == 26, "the log alone can only say that nothing vouches for it")
    #expect(try kinds(verify()) == [.rewritten, .rewritten])
  }

  @Test func `a cut tail is found by the ledger`() throws {
    let (path, index) = try find(20)
    try write(Array(try lines(path)[..<index]) + [""], to: path)
    for later in try folder.segments() where later > path { try FileManager.default.removeItem(atPath: later) }
    #expect(try verify(ledger: false).isIntact)
    let report = try verify()
    #expect(kinds(report) == [.cut])
    #expect(report.findings[0].message.contains("record 21"))
  }

  @Test func `a forged checkpoint has a bad signature, and one of another key is not trusted`() throws {
    let (path, index) = try find(22)
    let record = try #require(AuditRecord(line: Array(lines(path)[index].utf8)))
    let signature = try #require(record["signature"])
    let forged = Base64URL.encode([UInt8](repeating: 7, count: 64))
    try change(22) { $0[$1] = $0[$1].replacing(signature, with: forged) }
    try rehash(from: 22)
    #expect(try kinds(verify(ledger: false)) == [.badSignature])
    let other = try SigningKey(seed: .random(count: 32)).verificationKey
    #expect(try kinds(verify(ledger: false, keys: [other])).contains(.untrustedKey))
    #expect(try Set(kinds(verify(keys: [other]))) == [.badSignature, .untrustedKey])
  }

  @Test func `a log of two writers is found`() throws {
    try change(25) { $0[$1] = $0[$1].replacing("proxy-a", with: "proxy-b") }
    try rehash(from: 25)
    #expect(try kinds(verify(ledger: false)) == [.otherWriter])
  }

  @Test func `a clock that goes backwards is found`() throws {
    try change(25) { lines, index in
      let time = AuditRecord(line: Array(lines[index].utf8))?.time ?? ""
      lines[index] = lines[index].replacing(time, with: "2001-01-01T00:00:00.000000Z")
    }
    try rehash(from: 25)
    #expect(try kinds(verify(ledger: false)) == [.timeBackwards])
  }

  @Test func `a renamed segment and a line of garbage are found`() throws {
    try change(25) { $0.insert("garbage", at: $1) }
    #expect(try kinds(verify(ledger: false)) == [.malformed])
    let last = try folder.segments()[2]
    try FileManager.default.moveItem(atPath: last, toPath: Segments.path(in: folder.log, first: 9999))
    #expect(try kinds(verify(ledger: false)).contains(.wrongSegmentName))
  }

  @Test func `checkpoints are read as the ledger prints them, in base64, and in the log's own form`() throws {
    let checkpoint = ledger[0]
    let path = folder.path + "/checkpoints.jsonl"
    let rows = [
      "{\"writer\":\"proxy-a\",\"sequence\":10,\"head\":\"\(Data(checkpoint.head.hash).base64EncodedString())\","
        + "\"signature\":\"\(Data(checkpoint.signature).base64EncodedString())\","
        + "\"public_key\":\"\(Data(checkpoint.key.bytes).base64EncodedString())\",\"at\":\"\(checkpoint.at)\",\"stored_at\":null}",
      "{\"writer\": \"proxy-a\", \"sequence\": 10, \"head\": \"\(Hex.encode(checkpoint.head.hash))\", \"at\": \"\(checkpoint.at)\", "
        + "\"key\": \"\(checkpoint.key)\", \"signature\": \"\(Base64URL.encode(checkpoint.signature))\"}",
    ]
    try write(rows + [""], to: path)
    #expect(try SignedCheckpoint.load(path) == [checkpoint, checkpoint])
    try write(rows + ["{}"], to: path)
    #expect(code { _ = try SignedCheckpoint.load(path) } == .invalid)
    #expect(code { _ = try SignedCheckpoint.load(path + "x") } == .missing)
  }

  @Test func `no log at all is an error`() {
    #expect(code { _ = try AuditVerifier.verify(folder.path, trustedKeys: []) } == .missing)
    #expect(code { _ = try AuditVerifier.verify(folder.path + "/none", trustedKeys: []) } == .missing)
  }
}
