import Detectors
import PostgresWire
import Reactor

extension RowDetectors {
  /// A CopyData is a row in practice. What a COPY's columns are, and what stands between them, the server does not say.
  mutating func copyData(_ messages: RawSpan, _ body: Range<Int>) throws(WireError) {
    if copyIsBinary == nil { copyIsBinary = CopySignature.begins(messages.extracting(body)) }
    if copyIsBinary == true { try binaryCopy(messages, body) } else { textCopy(messages, body) }
  }

  private mutating func binaryCopy(_ messages: RawSpan, _ body: Range<Int>) throws(WireError) {
    let head = try WireReader.readHead(messages.extracting(body)) { reader throws(WireError) -> (count: Int, bytes: Int)? in
      if CopySignature.begins(messages.extracting(body)) {
        _ = try reader.skip(CopySignature.bytes + 4)
        _ = try reader.skip(Int(try reader.int32()))
        // The first row need not be in the same message.
        if reader.remaining == 0 { return nil }
      }
      return (Int(Int16(bitPattern: try reader.uint16())), reader.offset)
    }
    guard let head else { return }
    try fields(max(0, head.count), messages, body.lowerBound + head.bytes..<body.upperBound, isCopy: true)
  }

  /// Text or CSV. Fields are told apart by tabs, as COPY writes them unless it is told otherwise: `mask-value` masks from tab to tab.
  private mutating func textCopy(_ messages: RawSpan, _ body: Range<Int>) {
    var end = body.upperBound
    while end > body.lowerBound, messages[byte: end - 1] == UInt8(ascii: "\n") || messages[byte: end - 1] == UInt8(ascii: "\r") {
      end -= 1
    }
    scanner.scan(body.lowerBound..<end, of: messages, into: &hits)
    guard !hits.isEmpty else { return }
    var (field, place, done) = (0, body.lowerBound, body.lowerBound)
    for hit in hits {
      let range = body.lowerBound + hit.start..<body.lowerBound + hit.end
      while place < range.lowerBound {
        if messages[byte: place] == UInt8(ascii: "\t") { field += 1 }
        place += 1
      }
      count(hit, at: .copy(field: field))
      guard let action = mask.action([hit]), range.lowerBound >= done else { continue }
      var (from, to) = (range.lowerBound, range.upperBound)
      if action == .maskValue {
        while from > done, messages[byte: from - 1] != UInt8(ascii: "\t") { from -= 1 }
        while to < end, messages[byte: to] != UInt8(ascii: "\t") { to += 1 }
      }
      change(messages, from: from)
      out += Array("***".utf8)
      leaveOut(to: to)
      done = to
    }
  }
}

/// The beginning of COPY data in binary format (manual, "COPY", "File Header").
private enum CopySignature {
  private static let signature: [UInt8] = Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0x00]
  static var bytes: Int { signature.count }

  static func begins(_ body: RawSpan) -> Bool {
    body.byteCount >= bytes && signature.indices.allSatisfy { body[byte: $0] == signature[$0] }
  }
}
