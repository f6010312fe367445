import Sodium

/// Where a log ends: found at each opening, by reading the last segment that has records.
struct LogEnd {
  var sequence: UInt64 = 0
  var hash = [UInt8](repeating: 0, count: 32)
  var time = AuditTime(microseconds: 0)
  /// The last record that a checkpoint in the last segment speaks of.
  var checkpointedThrough: UInt64 = 0
  /// The file to go on in; nil for a log that begins.
  var segment: String?
  /// Bytes of whole records in it.
  var segmentBytes = 0
  /// What stands behind the last whole record.
  var torn: [UInt8] = []

  /// - Throws: `AuditError.damaged` when something other than a torn end is wrong.
  static func find(in directory: String, writer: String) throws -> LogEnd {
    let segments = try Segments.list(directory)
    guard let last = segments.last else { return LogEnd() }
    var end = try LogEnd(scanning: last, writer: writer)
    if end.sequence == 0 {
      // A crash between a segment's creation and its first record: the chain goes on from the file before.
      let torn = end.torn
      if let before = segments.dropLast().last {
        end = try LogEnd(scanning: before, writer: writer)
        guard end.sequence > 0, end.torn.isEmpty else {
          throw damaged(before.path, "a segment that is not the last has a torn end")
        }
      }
      guard last.first == end.sequence + 1 else { throw damaged(last.path, "a segment does not begin where the one before ends") }
      end.torn = torn
      end.segmentBytes = 0
    }
    end.segment = last.path
    return end
  }

  private init() {}

  private init(scanning segment: Segments.Segment, writer: String) throws {
    var reader = try LineReader(path: segment.path)
    var expected: [UInt8]?
    var lastLine: LineReader.Line?
    var before = (sequence, time, hash, segmentBytes)
    while let line = try reader.next() {
      guard torn.isEmpty, let header = fit(line, expected: expected, segment: segment), header.writer == writer else {
        if let header = RecordHeader(line.bytes), line.isEnded, header.sequence > sequence || header.writer != writer {
          let why = header.writer == writer ? "does not continue the chain" : "is of the writer \(header.writer)"
          throw Self.damaged(segment.path, "record \(header.sequence) \(why)")
        }
        torn += line.bytes + (line.isEnded ? [0x0a] : [])
        continue
      }
      before = (sequence, time, hash, segmentBytes)
      sequence = header.sequence
      time = AuditTime(header.time) ?? time
      hash = Digest.blake2b(line.bytes)
      expected = Array(Hex.encode(hash).utf8)
      segmentBytes = line.offset + line.bytes.count + 1
      lastLine = line
      if header.kind == "checkpoint", let record = AuditRecord(line: line.bytes) {
        checkpointedThrough = max(checkpointedThrough, record.number("sequence") ?? 0)
      }
    }
    // The chain vouches for all lines but the last, which a loss of power may have left with holes.
    if let lastLine, AuditRecord(line: lastLine.bytes) == nil {
      torn = lastLine.bytes + [0x0a] + torn
      (sequence, time, hash, segmentBytes) = before
    }
  }

  /// The line's header, if the line is the chain's next.
  private func fit(_ line: LineReader.Line, expected: [UInt8]?, segment: Segments.Segment) -> RecordHeader? {
    guard line.isEnded, line.bytes.last == UInt8(ascii: "}"), let header = RecordHeader(line.bytes) else { return nil }
    guard let expected else { return header.sequence == segment.first ? header : nil }
    return header.sequence == sequence + 1 && header.previous == expected ? header : nil
  }

  private static func damaged(_ path: String, _ what: String) -> AuditError {
    AuditError(
      .damaged, path: path, message: "\(what); no crash of the writer does this",
      next: "run `issuerctl audit verify`, keep the directory as evidence, and give the writer a new one")
  }
}
