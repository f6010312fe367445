import Detectors
import Policy
import PostgresWire
import Reactor

/// What `WireDetectors` keeps of a session, and the way of rows through it. `+Copy` has that of COPY data.
struct RowDetectors {
  let scanner: DetectorScanner
  let mask: ValueMask
  private var names: [String] = []
  private var forms: [ValueForm] = []
  /// Nil before the first CopyData of a COPY.
  var copyIsBinary: Bool?
  private var tally = DetectorTally()
  var hits: [Detection] = []
  /// What is being written in place of the messages at hand.
  var out: [UInt8] = []
  /// How far these have been taken over into it.
  private var done = 0
  private var isChanged = false
  /// Where the message at hand begins, and where in `out`, once it is being changed.
  private var message = 0
  private var changedAt: Int?

  init(_ rules: DetectorRules) {
    scanner = DetectorScanner(DetectorKinds(rules.keys))
    mask = ValueMask(rules: rules)
  }

  mutating func describe(_ columns: [RowDescription.Column]) {
    names = columns.map { String(decoding: $0.name, as: UTF8.self) }
    forms = columns.map { ValueForm(typeOID: $0.typeOID, format: $0.format) }
  }

  mutating func takeFindings() -> [DetectorTally.Entry] {
    copyIsBinary = nil
    // What was written last is as long as what was read last.
    out = []
    return tally.isEmpty ? [] : tally.take()
  }

  /// What to send in place of whole messages of one type; nil for themselves.
  mutating func replaced(_ type: UInt8, _ messages: RawSpan) throws(WireError) -> [UInt8]? {
    (done, isChanged, changedAt) = (0, false, nil)
    var start = 0
    while start < messages.byteCount {
      let end = start + 1 + Int(messages[word: start + 1])
      precondition(end > start + FrameLimits.lengthWordBytes && end <= messages.byteCount, "a message is not whole")
      let body = start + FrameLimits.headerBytes..<end
      message = start
      if type == CopyData.type { try copyData(messages, body) } else { try dataRow(messages, body) }
      endMessage(messages, end)
      start = end
    }
    guard isChanged else { return nil }
    append(messages, done..<messages.byteCount)
    return out
  }

  // MARK: Rows

  private mutating func dataRow(_ messages: RawSpan, _ body: Range<Int>) throws(WireError) {
    guard body.count >= 2 else { throw Self.tooShort }
    let count = Int(messages[byte: body.lowerBound]) << 8 | Int(messages[byte: body.lowerBound + 1])
    try fields(count, messages, body.lowerBound + 2..<body.upperBound, isCopy: false)
  }

  /// Length and value of `count` fields, which have to fill the bytes.
  mutating func fields(_ count: Int, _ messages: RawSpan, _ bytes: Range<Int>, isCopy: Bool) throws(WireError) {
    var place = bytes.lowerBound
    for index in 0..<count {
      let lengthAt = place
      guard bytes.upperBound - place >= 4 else { throw Self.tooShort }
      let length = Int(Int32(bitPattern: messages[word: place]))
      place += 4
      if length == -1 { continue }
      guard length >= 0, length <= bytes.upperBound - place else { throw Self.tooShort }
      let range = place..<place + length
      place = range.upperBound
      if length < DetectorScanner.bytesMin { continue }
      // Rows that nobody described: a mask that is right in either format.
      let form = !isCopy && index < forms.count ? forms[index] : .unknownBinary
      switch form {
      case .skipped: continue
      case .binaryArray: break
      default:
        // Most rows are done here.
        scanner.scan(range, of: messages, into: &hits)
        if hits.isEmpty { continue }
      }
      let value = messages.extracting(range)
      guard let action = try act(value, form, at: isCopy ? .copy(field: index) : .column(index)) else { continue }
      change(messages, from: lengthAt)
      try replace(value, form, action)
      leaveOut(to: range.upperBound)
    }
    guard place == bytes.upperBound else {
      throw WireError(.leftover, "\(bytes.upperBound - place) bytes are left over at the end of a message")
    }
  }

  static var tooShort: WireError { WireError(.truncated, "a message ends too early") }

  /// Counts what was found in a value, for arrays once they have been scanned; what must be done, or nil. Leaves `hits` for `replace`.
  private mutating func act(
    _ value: RawSpan, _ form: ValueForm, at place: DetectorTally.Place
  ) throws(WireError) -> DetectorAction? {
    guard case .binaryArray(let isJSON, let prefixBytes) = form else {
      count(at: place)
      return mask.action(hits)
    }
    var worst: DetectorAction?
    for element in try Self.elements(value) {
      guard let range = element.value else { continue }
      scanner.scan(range, of: value, into: &hits)
      if hits.isEmpty { continue }
      let action = try act(value.extracting(range), Self.element(isJSON, prefixBytes), at: place)
      if action == .maskValue || worst == nil { worst = action }
    }
    return worst
  }

  private mutating func count(at place: DetectorTally.Place) {
    for hit in hits { count(hit, at: place) }
  }

  /// Puts it on record.
  mutating func count(_ hit: Detection, at place: DetectorTally.Place) {
    tally.add(hit.kind, at: place, named: Self.name(of: place, names))
  }

  /// Writes the length and the masked value.
  private mutating func replace(_ value: RawSpan, _ form: ValueForm, _ action: DetectorAction) throws(WireError) {
    let lengthAt = out.count
    out.append(contentsOf: repeatElement(0, count: 4))
    var isNull = false
    if case .binaryArray(let isJSON, let prefixBytes) = form {
      var done = 0
      for element in try Self.elements(value) {
        guard let range = element.value else { continue }
        let inner = value.extracting(range)
        scanner.scan(inner, into: &hits)
        guard let action = action == .maskValue ? action : mask.action(hits) else { continue }
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
  private static func elements(_ array: RawSpan) throws(WireError) -> [(start: Int, value: Range<Int>?)] {
    try WireReader.read(array) { reader throws(WireError) in
      let dimensions = try reader.int32()
      guard (0...6).contains(dimensions) else { throw WireError(.value, "an array has \(dimensions) dimensions") }
      _ = try reader.skip(8 + 8 * Int(dimensions))
      var elements: [(start: Int, value: Range<Int>?)] = []
      while reader.remaining > 0 {
        let start = reader.offset
        let length = try reader.int32()
        elements.append((start, length == -1 ? nil : try reader.skip(Int(length))))
      }
      return elements
    }
  }

  private static func name(of place: DetectorTally.Place, _ names: [String]) -> String {
    switch place {
    case .column(let index): names.indices.contains(index) ? names[index] : "column \(index + 1)"
    case .copy(let field): "COPY field \(field + 1)"
    case .notice: "notice"
    case .error: "error"
    case .notification: "notification"
    }
  }

  /// A text without what was found in it; nil where nothing has to go.
  mutating func scrubbed(_ text: [UInt8], at place: DetectorTally.Place) -> [UInt8]? {
    scanner.scan(text, into: &hits)
    count(at: place)
    guard let action = mask.action(hits) else { return nil }
    var masked: [UInt8] = []
    text.withSpan { _ = mask.append($0, hits, as: .text, action, to: &masked) }
    return masked
  }

  // MARK: Writing

  /// What stands before `place` is taken over; what comes in its place is appended next.
  mutating func change(_ messages: RawSpan, from place: Int) {
    if !isChanged {
      isChanged = true
      // One long run must not hold its room for the rest of the session.
      out.removeAll(keepingCapacity: out.capacity <= 1 << 20)
    }
    append(messages, done..<place)
    if changedAt == nil { changedAt = out.count - (place - message) }
  }

  /// Bytes of the message at hand that are left out, behind those in place of which others were appended.
  mutating func leaveOut(to place: Int) { done = place }

  private mutating func endMessage(_ messages: RawSpan, _ end: Int) {
    guard let start = changedAt else { return }
    append(messages, done..<end)
    done = end
    patch(Int32(out.count - start - 1), at: start + 1)
    changedAt = nil
  }

  mutating func append(_ bytes: RawSpan, _ range: Range<Int>) { bytes.extracting(range).append(to: &out) }

  private mutating func patch(_ value: Int32, at place: Int) {
    let bits = UInt32(bitPattern: value)
    for index in 0..<4 { out[place + index] = UInt8(truncatingIfNeeded: bits >> UInt32(24 - 8 * index)) }
  }
}
