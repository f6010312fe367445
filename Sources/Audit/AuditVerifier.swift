import Sodium

/// Checks a log against docs/audit-format.md with nothing but public keys. Shares no code with the writer beyond the layout of a
/// line.
public struct AuditVerifier {
  /// More findings than these are counted, not kept.
  public static let findingsMax = 1000

  private let trustedKeys: Set<VerificationKey>
  private let ledger: [UInt64: [SignedCheckpoint]]
  private let allowsMissingStart: Bool

  private var report: VerificationReport
  private var expectedSequence: UInt64
  private var lastTime = ""
  /// Records that were seen, the first of each number, back to the last good checkpoint.
  private var seen: [UInt64: Seen] = [:]
  private struct Seen {
    var hash: [UInt8]
    var file: String
    var line: Int
  }

  /// Gaps in the numbers, with the place where each was seen.
  private var gaps: [(range: Range<UInt64>, file: String, line: Int)] = []

  /// Verifies one writer's directory.
  ///
  /// - Parameters:
  ///   - trustedKeys: public keys of the issuer, old ones included.
  ///   - ledgerCheckpoints: the ledger's copies; those of other writers are ignored.
  ///   - allowsMissingStart: whether the first segments may have been archived elsewhere.
  /// - Throws: `AuditError` when files cannot be read. What is wrong with them is in the report.
  public static func verify(
    _ directory: String, trustedKeys: [VerificationKey], ledgerCheckpoints: [SignedCheckpoint] = [],
    allowsMissingStart: Bool = false
  ) throws -> VerificationReport {
    var verifier = AuditVerifier(
      directory, trustedKeys: trustedKeys, ledgerCheckpoints: ledgerCheckpoints, allowsMissingStart: allowsMissingStart)
    try verifier.run()
    return verifier.report
  }

  private init(
    _ directory: String, trustedKeys: [VerificationKey], ledgerCheckpoints: [SignedCheckpoint], allowsMissingStart: Bool
  ) {
    self.trustedKeys = Set(trustedKeys)
    ledger = Dictionary(grouping: ledgerCheckpoints) { $0.head.sequence }
    self.allowsMissingStart = allowsMissingStart
    report = VerificationReport(directory: directory)
    expectedSequence = 1
  }

  private mutating func run() throws {
    let segments = try Segments.list(report.directory)
    guard let first = segments.first else {
      throw AuditError(
        .missing, path: report.directory, message: "there is no audit log", next: "name a directory that holds *.jsonl segments")
    }
    report.segments = segments.count
    if allowsMissingStart && first.first > 1 {
      expectedSequence = first.first
    } else {
      seen[0] = Seen(hash: [UInt8](repeating: 0, count: 32), file: first.path, line: 1)
    }
    for segment in segments {
      var reader = try LineReader(path: segment.path)
      var number = 0
      while let line = try reader.next() {
        number += 1
        check(line, file: segment.path, number: number, segment: segment)
      }
    }
    for gap in gaps {
      let what =
        gap.range.count == 1
        ? "record \(gap.range.lowerBound) is" : "records \(gap.range.lowerBound) to \(gap.range.upperBound - 1) are"
      find(.missing, gap.file, gap.line, "\(what) missing before this line")
    }
    checkLedger()
  }

  private mutating func check(_ line: LineReader.Line, file: String, number: Int, segment: Segments.Segment) {
    guard line.isEnded, let record = AuditRecord(line: line.bytes) else {
      let why = line.isEnded ? "the line is no record" : "the line is not ended: torn by a crash, or cut"
      return find(.malformed, file, number, why)
    }
    report.records += 1
    if let writer = report.writer, writer != record.writer {
      find(.otherWriter, file, number, "the record is of \(record.writer), the log is of \(writer)")
    } else {
      report.writer = record.writer
    }
    if record.time < lastTime { find(.timeBackwards, file, number, "\(record.time) stands after \(lastTime)") }
    lastTime = max(lastTime, record.time)
    if number == 1 && record.sequence != segment.first {
      find(.wrongSegmentName, file, number, "the segment begins with record \(record.sequence), not \(segment.first)")
    }
    checkPlace(of: record, file: file, number: number)
    if seen[record.sequence] == nil { seen[record.sequence] = Seen(hash: record.hash, file: file, line: number) }
    report.lastSequence = max(report.lastSequence, record.sequence)
    if record.kind == "checkpoint" { checkCheckpoint(record, file: file, number: number) }
  }

  /// Number and chain.
  private mutating func checkPlace(of record: AuditRecord, file: String, number: Int) {
    let sequence = record.sequence
    if sequence > 0, let before = seen[sequence - 1], Array(Hex.encode(before.hash).utf8) != record.previous {
      let which = sequence > 1 ? "record \(sequence - 1) was changed after it was written, or " : ""
      find(.edited, before.file, before.line, "\(which)the link in record \(sequence) was changed")
    }
    if sequence == expectedSequence {
      expectedSequence = sequence &+ 1
    } else if sequence > expectedSequence {
      gaps.append((expectedSequence..<sequence, file, number))
      expectedSequence = sequence &+ 1
    } else if let gap = gaps.firstIndex(where: { $0.range.contains(sequence) }) {
      find(.reordered, file, number, "record \(sequence) stands after record \(expectedSequence &- 1)")
      let range = gaps[gap].range
      let place = (gaps[gap].file, gaps[gap].line)
      gaps.remove(at: gap)
      for rest in [range.lowerBound..<sequence, sequence + 1..<range.upperBound] where !rest.isEmpty {
        gaps.append((rest, place.0, place.1))
      }
    } else {
      find(.inserted, file, number, "record \(sequence) is there for the second time")
    }
  }

  private mutating func checkCheckpoint(_ record: AuditRecord, file: String, number: Int) {
    guard let sequence = record.number("sequence"), let head = record["head"].flatMap(Hex.decode), head.count == 32,
      let at = record["at"], let keyBytes = record["key"].flatMap(Base64URL.decode), let key = try? VerificationKey(keyBytes),
      let signature = record["signature"].flatMap(Base64URL.decode)
    else { return find(.malformed, file, number, "the checkpoint's members are not what they should be") }
    let checkpoint = SignedCheckpoint(
      head: CheckpointHead(writer: record.writer, sequence: sequence, hash: head), at: at, signature: signature, key: key)
    guard sequence < record.sequence else {
      return find(.badSignature, file, number, "the checkpoint speaks of record \(sequence), which comes after it")
    }
    guard isGood(checkpoint, file: file, number: number) else { return }
    guard let signed = seen[sequence] else { return }  // missing, or behind a later checkpoint already
    guard signed.hash == head else {
      return find(
        .rewritten, file, number,
        "record \(sequence) is not the one that was signed at \(at): it, or what is before it, was rewritten")
    }
    report.checkpoints += 1
    report.checkpointedThrough = max(report.checkpointedThrough, sequence)
    // What a checkpoint vouches for is not asked for again, except by the ledger.
    seen = seen.filter { $0.key >= sequence || ledger[$0.key] != nil }
  }

  private mutating func isGood(_ checkpoint: SignedCheckpoint, file: String, number: Int) -> Bool {
    guard checkpoint.isAuthentic else {
      find(.badSignature, file, number, "the signature for record \(checkpoint.head.sequence) is not good")
      return false
    }
    guard trustedKeys.contains(checkpoint.key) else {
      find(.untrustedKey, file, number, "record \(checkpoint.head.sequence) is signed by \(checkpoint.key), which is not trusted")
      return false
    }
    return true
  }

  private mutating func checkLedger() {
    for checkpoint in ledger.values.joined().sorted(by: { $0.head.sequence < $1.head.sequence })
    where checkpoint.head.writer == report.writer {
      let sequence = checkpoint.head.sequence
      guard isGood(checkpoint, file: "ledger", number: 0) else { continue }
      guard sequence <= report.lastSequence else {
        find(
          .cut, report.directory, 0,
          "the ledger knows record \(sequence), signed at \(checkpoint.at); the log ends with \(report.lastSequence)")
        continue
      }
      guard let hash = seen[sequence]?.hash else { continue }  // missing, and said so above
      if hash == checkpoint.head.hash {
        report.checkpoints += 1
        report.checkpointedThrough = max(report.checkpointedThrough, sequence)
      } else {
        find(
          .rewritten, report.directory, 0,
          "record \(sequence) is not the one that the ledger's checkpoint of \(checkpoint.at) speaks of: it, or what is before it, was rewritten"
        )
      }
    }
  }

  private mutating func find(_ kind: VerificationReport.Kind, _ file: String, _ line: Int, _ message: String) {
    guard report.findings.count < Self.findingsMax else {
      report.findingsLeftOut += 1
      return
    }
    report.findings.append(.init(kind: kind, file: file, line: line, message: message))
  }
}
