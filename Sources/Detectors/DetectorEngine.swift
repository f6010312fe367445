/// One scan. The files beside this one have a check for each kind; this one has the way through the bytes.
struct DetectorEngine {
  /// `a@b.cc`
  static let bytesMin = 6

  let text: TextBytes
  let kinds: DetectorKinds
  var list: DetectionList
  /// The end of the private key found last: what is in it need not be looked at again.
  var keyEnd = 0
  /// Whether any kind begins with digits.
  private let looksAtDigits: Bool

  init(_ text: TextBytes, _ kinds: DetectorKinds, _ list: consuming DetectionList) {
    self.text = text
    self.kinds = kinds
    self.list = list
    looksAtDigits = !kinds.isDisjoint(with: [.card, .iban, .nationalID])
  }

  mutating func run() {
    var carry: UInt64 = 0
    var start = 0
    while start < text.count {
      let (digits, rare) = text.block(at: start)
      var places = rare
      if looksAtDigits { places |= digits & ~(digits << 1 | carry) }
      carry = digits >> 63
      while places != 0 {
        let bit = places.trailingZeroBitCount
        places &= places &- 1
        if (digits >> UInt64(bit)) & 1 != 0 {
          var length = (~(digits >> UInt64(bit))).trailingZeroBitCount
          // The shift has brought zeros in: a run to the block's end may go on.
          if bit + length >= 64 { length = text.run(from: start + 64) { $0.isDigit } - start - bit }
          digitsBegin(start + bit, length)
        } else {
          turn(start + bit)
        }
      }
      start += 64
    }
  }

  /// A run of `length` digits begins at `start`.
  @inline(__always) private mutating func digitsBegin(_ start: Int, _ length: Int) {
    let before = text[start - 1]
    if before.isLetter {
      if length >= 2 { lettersThenDigits(start, length) }
      return
    }
    // A fraction. (A comma stands between the fields of CSV.)
    if before == UInt8(ascii: "."), text[start - 2].isDigit { return }
    // Dates, times, amounts and hexadecimal digits end here.
    let next = text[start + length]
    let isCandidate =
      switch length {
      case 1: next == UInt8(ascii: " ") && text[start + 4] == next
      case 2: next == UInt8(ascii: ".") && text[start + 5] == next
      case 3: next == UInt8(ascii: "-") || next == UInt8(ascii: ".")
      case 4: (next == UInt8(ascii: " ") || next == UInt8(ascii: "-")) && text[start + 7].isDigit
      case 6: next == UInt8(ascii: "-") || next == UInt8(ascii: "+") || next.isCapital
      case 8: next == UInt8(ascii: "-") || next.isCapital
      case 13...19: !next.isAlphanumeric
      default: false
      }
    if isCandidate { wholeRun(start, length) }
  }

  /// Hexadecimal digits are full of these, so what stands before is looked at first.
  @inline(__always) private mutating func lettersThenDigits(_ start: Int, _ length: Int) {
    if kinds.contains(.iban), !text[start - 3].isAlphanumeric, let begin = iban(start) { list.add(.iban, begin.start, begin.end) }
    if kinds.contains(.nationalID) {
      if length == 7, let end = foreignerOfSpain(start) { list.add(.nationalID, start - 1, end) }
      if length == 2, !text[start - 7].isAlphanumeric, let end = italian(start) { list.add(.nationalID, start - 6, end) }
    }
  }

  private mutating func wholeRun(_ start: Int, _ length: Int) {
    if kinds.contains(.card), let end = card(start, length) { list.add(.card, start, end) }
    if kinds.contains(.nationalID), let end = nationalID(start, length) { list.add(.nationalID, start, end) }
  }

  /// One of the rare bytes stands at `at`.
  @inline(__always) private mutating func turn(_ at: Int) {
    switch text[at] {
    case UInt8(ascii: "@"):
      if kinds.contains(.email), let found = email(at) { list.add(.email, found.start, found.end) }
    case UInt8(ascii: "+"):
      if kinds.contains(.phone), let end = phone(at) { list.add(.phone, at, end) }
    case UInt8(ascii: "B"):
      if kinds.contains(.key), at >= keyEnd, let end = privateKey(at) {
        list.add(.key, at - 5, end)
        keyEnd = end
      }
    default:
      if kinds.contains(.token), let found = token(at) { list.add(.token, found.start, found.end) }
    }
  }
}
