/// Members of a JSON object, written by hand: the audit log is on the way of every statement, and Foundation's encoder costs more
/// than the statement.
struct JSONLine {
  fileprivate(set) var bytes: [UInt8] = []
  private static let digits = Array("0123456789abcdef".utf8)

  init(capacity: Int) { bytes.reserveCapacity(capacity) }

  /// Forgets the content, keeps the memory.
  mutating func clear() { bytes.removeAll(keepingCapacity: true) }

  mutating func raw(_ text: StaticString) {
    unsafe bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  mutating func raw(_ more: [UInt8]) { bytes += more }

  mutating func name(_ name: StaticString) {
    if let last = bytes.last, last != UInt8(ascii: "{") { bytes.append(UInt8(ascii: ",")) }
    bytes.append(UInt8(ascii: "\""))
    raw(name)
    raw("\":")
  }

  mutating func member(_ name: StaticString, _ text: String) {
    self.name(name)
    string(text)
  }

  mutating func member(_ name: StaticString, _ text: String?) {
    if let text { member(name, text) }
  }

  mutating func member(_ name: StaticString, _ number: some BinaryInteger) {
    self.name(name)
    self.number(UInt64(clamping: number))
  }

  mutating func member(_ name: StaticString, _ number: (some BinaryInteger)?) {
    if let number { member(name, number) }
  }

  mutating func member(_ name: StaticString, _ flag: Bool) {
    self.name(name)
    if flag { raw("true") } else { raw("false") }
  }

  /// Left out when empty.
  mutating func member(_ name: StaticString, _ texts: [String]) {
    guard !texts.isEmpty else { return }
    self.name(name)
    array(texts) { $0.string($1) }
  }

  mutating func array<Element>(_ elements: [Element], _ write: (inout JSONLine, Element) -> Void) {
    bytes.append(UInt8(ascii: "["))
    for (index, element) in elements.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      write(&self, element)
    }
    bytes.append(UInt8(ascii: "]"))
  }

  mutating func number(_ number: UInt64) {
    guard number > 9 else { return bytes.append(UInt8(ascii: "0") + UInt8(number)) }
    let start = bytes.count
    var rest = number
    while rest > 0 {
      bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
      rest /= 10
    }
    bytes[start...].reverse()
  }

  mutating func string(_ text: String) {
    var text = text
    text.withUTF8 { unsafe escaped($0) }
  }

  /// Copies runs of ordinary bytes whole.
  private mutating func escaped(_ text: UnsafeBufferPointer<UInt8>) {
    bytes.append(UInt8(ascii: "\""))
    var runStart = 0
    for index in text.indices {
      let byte = unsafe text[index]
      guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
      unsafe bytes.append(contentsOf: text[runStart..<index])
      runStart = index + 1
      switch byte {
      case UInt8(ascii: "\""): raw("\\\"")
      case UInt8(ascii: "\\"): raw("\\\\")
      case UInt8(ascii: "\n"): raw("\\n")
      case UInt8(ascii: "\r"): raw("\\r")
      case UInt8(ascii: "\t"): raw("\\t")
      default:
        raw("\\u00")
        bytes.append(Self.digits[Int(byte >> 4)])
        bytes.append(Self.digits[Int(byte & 15)])
      }
    }
    unsafe bytes.append(contentsOf: text[runStart...])
    bytes.append(UInt8(ascii: "\""))
  }
}

extension JSONLine {
  /// Appends a time's text form, without quotes.
  mutating func raw(_ time: AuditTime) { time.append(to: &bytes) }
}
