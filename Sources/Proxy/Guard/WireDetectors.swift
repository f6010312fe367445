import Detectors
import Policy
import PostgresWire
import Reactor

/// Detectors over what the server sends to one session: text in rows, COPY data, errors, notices, notifications (DESIGN section 9.7).
/// Best effort, for what nobody labelled: splitting, case changes and encodings of a value defeat it.
final class WireDetectors {
  /// A DataRow or CopyData longer than this is not read: its statement is ended.
  static let rowBytesMax = 16 << 20
  /// Nothing shorter is found.
  private static let valueBytesMin = 6

  private let scanner: DetectorScanner
  private let mask: ValueMask
  private var names: [String] = []
  private var forms: [ValueForm] = []
  /// Nil before the first CopyData of a COPY.
  private var copyIsBinary: Bool?
  private(set) var tally = DetectorTally()
  private var hits: [Detection] = []
  /// The message being written in place of the one at hand.
  private var out: [UInt8] = []

  /// Nil without rules.
  init?(_ rules: DetectorRules) {
    if rules.isEmpty { return nil }
    scanner = DetectorScanner(DetectorKinds(rules.keys))
    mask = ValueMask(rules: rules)
  }

  /// The columns of the rows to come, from a RowDescription.
  func describe(_ body: RawSpan) throws(WireError) {
    let columns = try RowDescription.decode(body).columns
    names = columns.map { String(decoding: $0.name, as: UTF8.self) }
    forms = columns.map { ValueForm(typeOID: $0.typeOID, format: $0.format) }
  }

  /// What was found since the last call. Called at the end of each statement.
  func takeFindings() -> [DetectorTally.Entry] {
    copyIsBinary = nil
    return tally.isEmpty ? [] : tally.take()
  }

  /// The message to send in place of a DataRow or CopyData; nil for itself.
  func row(_ type: UInt8, _ body: RawSpan) throws(WireError) -> [UInt8]? {
    type == CopyData.type ? try copyData(body) : try dataRow(body)
  }

  // MARK: Rows

  private func dataRow(_ body: RawSpan) throws(WireError) -> [UInt8]? {
    try WireReader.read(body) { reader throws(WireError) in
      let count = Int(try reader.uint16())
      return try fields(&reader, count, body, type: DataRow.type, from: 0) { [forms] index in
        // Rows that nobody described: a mask that is right in either format.
        index < forms.count ? forms[index] : .unknownBinary
      } at: {
        .column($0)
      }
    }
  }

  /// Length and value of `count` fields. The bytes of the body up to `start` and those between what is masked are taken over.
  private func fields(
    _ reader: inout WireReader, _ count: Int, _ body: RawSpan, type: UInt8, from start: Int, _ form: (Int) -> ValueForm,
    at place: (Int) -> DetectorTally.Place
  ) throws(WireError) -> [UInt8]? {
    var (done, isChanged) = (start, false)
    for index in 0..<count {
      let lengthAt = reader.offset
      let length = try reader.int32()
      if length == -1 { continue }
      let range = try reader.skip(Int(length))
      let form = form(index)
      if range.count < Self.valueBytesMin { continue }
      if case .skipped = form { continue }
      let value = body.extracting(range)
      guard let action = try look(value, form, at: place(index)) else { continue }
      if !isChanged { begin(type) }
      isChanged = true
      append(body, done..<lengthAt)
      try replace(value, form, action)
      done = range.upperBound
    }
    return isChanged ? finished(body, done) : nil
  }

  /// Scans and counts; what must be done, or nil. Leaves `hits` for `replace`.
  private func look(_ value: RawSpan, _ form: ValueForm, at place: DetectorTally.Place) throws(WireError) -> DetectorAction? {
    guard case .binaryArray(let isJSON, let prefixBytes) = form else {
      scanner.scan(value, into: &hits)
      if hits.isEmpty { return nil }
      for hit in hits { tally.add(hit.kind, at: place, named: name(of: place)) }
      return mask.action(hits)
    }
    var worst: DetectorAction?
    try elements(value) { element throws(WireError) in
      guard let range = element.value else { return }
      let action = try look(value.extracting(range), Self.element(isJSON, prefixBytes), at: place)
      if action == .maskValue || worst == nil { worst = action }
    }
    return worst
  }

  /// Writes the length and the masked value.
  private func replace(_ value: RawSpan, _ form: ValueForm, _ action: DetectorAction) throws(WireError) {
    let lengthAt = out.count
    out += [0, 0, 0, 0]
    var isNull = false
    if case .binaryArray(let isJSON, let prefixBytes) = form {
      var done = 0
      try elements(value) { element throws(WireError) in
        guard let range = element.value else { return }
        let inner = value.extracting(range)
        scanner.scan(inner, into: &hits)
        guard let action = action == .maskValue ? action : mask.action(hits) else { return }
        append(value, done..<element.start)
        try replace(inner, Self.element(isJSON, prefixBytes), action)
        done = range.upperBound
      }
      append(value, done..<value.byteCount)
    } else {
      isNull = !mask.append(value, hits, as: form, action, to: &out)
    }
    if isNull { out.removeSubrange(lengthAt + 4..<out.count) }
    patch(isNull ? -1 : Int32(out.count - lengthAt - 4), at: lengthAt)
  }

  private static func element(_ isJSON: Bool, _ prefixBytes: Int) -> ValueForm {
    isJSON ? .json(prefixBytes: prefixBytes) : .text
  }

  /// The elements of an array in its binary form (array_send): where each begins, with its length, and its value, nil for NULL.
  private func elements(
    _ array: RawSpan, _ body: ((start: Int, value: Range<Int>?)) throws(WireError) -> Void
  ) throws(WireError) {
    try WireReader.read(array) { reader throws(WireError) in
      let dimensions = try reader.int32()
      guard (0...6).contains(dimensions) else { throw WireError(.value, "an array has \(dimensions) dimensions") }
      _ = try reader.skip(8 + 8 * Int(dimensions))
      while reader.remaining > 0 {
        let start = reader.offset
        let length = try reader.int32()
        try body((start, length == -1 ? nil : try reader.skip(Int(length))))
      }
    }
  }

  private func name(of place: DetectorTally.Place) -> String {
    switch place {
    case .column(let index): names.indices.contains(index) ? names[index] : "column \(index + 1)"
    case .copy(let field): "COPY field \(field + 1)"
    case .notice: "notice"
    case .error: "error"
    case .notification: "notification"
    }
  }

  // MARK: COPY

  /// A CopyData is a row in practice. What a COPY's columns are, and what stands between them, the server does not say.
  private func copyData(_ body: RawSpan) throws(WireError) -> [UInt8]? {
    if copyIsBinary == nil { copyIsBinary = CopySignature.begins(body) }
    return copyIsBinary == true ? try binaryCopy(body) : textCopy(body)
  }

  private func binaryCopy(_ body: RawSpan) throws(WireError) -> [UInt8]? {
    try WireReader.read(body) { reader throws(WireError) in
      if CopySignature.begins(body) {
        _ = try reader.skip(CopySignature.bytes + 4)
        _ = try reader.skip(Int(try reader.int32()))
        // The first row need not be in the same message.
        if reader.remaining == 0 { return nil }
      }
      let count = Int16(bitPattern: try reader.uint16())
      return try fields(&reader, max(0, Int(count)), body, type: CopyData.type, from: 0) { _ in
        .unknownBinary
      } at: {
        .copy(field: $0)
      }
    }
  }

  /// Text or CSV. Fields are told apart by tabs, as COPY writes them unless it is told otherwise: `mask-value` masks from tab to tab.
  private func textCopy(_ body: RawSpan) -> [UInt8]? {
    var end = body.byteCount
    while end > 0, body[byte: end - 1] == UInt8(ascii: "\n") || body[byte: end - 1] == UInt8(ascii: "\r") { end -= 1 }
    let line = body.extracting(0..<end)
    scanner.scan(line, into: &hits)
    guard !hits.isEmpty else { return nil }
    var (field, place, done, isChanged) = (0, 0, 0, false)
    for hit in hits {
      while place < hit.start {
        if line[byte: place] == UInt8(ascii: "\t") { field += 1 }
        place += 1
      }
      let at = DetectorTally.Place.copy(field: field)
      tally.add(hit.kind, at: at, named: name(of: at))
      guard let action = mask.action([hit]), hit.start >= done else { continue }
      var (from, to) = (hit.start, hit.end)
      if action == .maskValue {
        while from > done, line[byte: from - 1] != UInt8(ascii: "\t") { from -= 1 }
        while to < end, line[byte: to] != UInt8(ascii: "\t") { to += 1 }
      }
      if !isChanged { begin(CopyData.type) }
      isChanged = true
      append(body, done..<from)
      out += Array("***".utf8)
      done = to
    }
    return isChanged ? finished(body, done) : nil
  }

  // MARK: Texts

  /// An error or a notice without what was found in its texts; nil where nothing has to go.
  func scrubbed(_ response: ErrorResponse, at place: DetectorTally.Place) -> ErrorResponse? {
    var response = response
    var isChanged = false
    for index in response.fields.indices where "MDHWq".utf8.contains(response.fields[index].type) {
      guard let text = scrubbed(Array(response.fields[index].value.utf8), at: place) else { continue }
      response.fields[index].value = String(decoding: text, as: UTF8.self)
      isChanged = true
    }
    return isChanged ? response : nil
  }

  /// A text without what was found in it; nil where nothing has to go.
  func scrubbed(_ text: [UInt8], at place: DetectorTally.Place) -> [UInt8]? {
    scanner.scan(text, into: &hits)
    for hit in hits { tally.add(hit.kind, at: place, named: name(of: place)) }
    guard let action = mask.action(hits) else { return nil }
    var masked: [UInt8] = []
    text.withSpan { _ = mask.append($0, hits, as: .text, action, to: &masked) }
    return masked
  }

  // MARK: Writing

  private func begin(_ type: UInt8) {
    // One long row must not hold its room for the rest of the session.
    out.removeAll(keepingCapacity: out.capacity <= 1 << 20)
    out += [type, 0, 0, 0, 0]
  }

  private func append(_ body: RawSpan, _ range: Range<Int>) { body.extracting(range).append(to: &out) }

  private func finished(_ body: RawSpan, _ done: Int) -> [UInt8] {
    append(body, done..<body.byteCount)
    patch(Int32(out.count - 1), at: 1)
    return out
  }

  private func patch(_ value: Int32, at place: Int) {
    let bits = UInt32(bitPattern: value)
    for index in 0..<4 { out[place + index] = UInt8(truncatingIfNeeded: bits >> UInt32(24 - 8 * index)) }
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
