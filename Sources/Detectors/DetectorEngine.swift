/// One scan. The files beside this one have a check for each kind; this one has the way through the bytes.
struct DetectorEngine {
  let text: TextBytes
  let kinds: DetectorKinds
  /// The end of the private key found last: what is in it need not be looked at again.
  var keyEnd = 0
  /// Whether any kind begins with digits.
  private let looksAtDigits: Bool

  init(_ text: TextBytes, _ kinds: DetectorKinds) {
    self.text = text
    self.kinds = kinds
    looksAtDigits = !kinds.isDisjoint(with: [.card, .iban, .nationalID])
  }

  mutating func run(_ hits: inout [Detection]) {
    var words = WordStarts()
    var start = 0
    while start < text.count {
      let block = text.block(at: start)
      var places = block.rare
      if looksAtDigits { places |= words.next(block) }
      while places != 0 {
        let bit = places.trailingZeroBitCount
        places &= places &- 1
        if (block.digits >> UInt64(bit)) & 1 != 0 {
          var length = (~(block.digits >> UInt64(bit))).trailingZeroBitCount
          // The shift has brought zeros in: a run to the block's end may go on.
          if bit + length >= 64 { length = text.run(from: start + 64) { $0.isDigit } - start - bit }
          digitsBegin(start + bit, length, &hits)
        } else {
          turn(start + bit, &hits)
        }
      }
      start += 64
    }
  }

  /// Runs of digits that something may begin with, or that end its first letters: those that begin a word of letters and digits, and
  /// those of two digits or more behind the one, two or six letters that begin a word. Most digits of hexadecimal text are neither.
  private struct WordStarts {
    /// The words of bits before these.
    private var digits: UInt64 = 0
    private var alphanumerics: UInt64 = 0
    private var starts: UInt64 = 0

    /// Some that are none among them, but none left out.
    @inline(__always) mutating func next(_ block: TextBytes.Block) -> UInt64 {
      let starts = block.alphanumerics & ~(block.alphanumerics << 1 | alphanumerics >> 63)
      let runs = block.digits & ~(block.digits << 1 | digits >> 63)
      let behindLetters = starts << 1 | starts << 2 | starts << 6 | self.starts >> 63 | self.starts >> 62 | self.starts >> 58
      let areTwo = block.digits >> 1 | 1 << 63
      digits = block.digits
      alphanumerics = block.alphanumerics
      self.starts = starts
      return runs & (starts | behindLetters & areTwo)
    }
  }

  /// Lengths of a run of digits that something begins with, a bit each.
  private static let lengths: UInt32 = 0b1111_1110_0001_0101_1110

  /// A run of `length` digits begins at `start`.
  @inline(__always) private func digitsBegin(_ start: Int, _ length: Int, _ hits: inout [Detection]) {
    let before = text[start - 1]
    if before.isLetter {
      if length >= 2 { lettersThenDigits(start, length, &hits) }
      return
    }
    // Dates, times, amounts and hexadecimal digits end here.
    guard length < 20, (Self.lengths >> UInt32(length)) & 1 != 0 else { return }
    // A fraction. (A comma stands between the fields of CSV.)
    if before == UInt8(ascii: "."), text[start - 2].isDigit { return }
    let next = text[start + length]
    let isCandidate =
      switch length {
      case 1: next == UInt8(ascii: " ") && text[start + 4] == next
      case 2: next == UInt8(ascii: ".") && text[start + 5] == next
      case 3: next == UInt8(ascii: "-") || next == UInt8(ascii: ".")
      case 4: (next == UInt8(ascii: " ") || next == UInt8(ascii: "-")) && text[start + 7].isDigit
      case 6: next == UInt8(ascii: "-") || next == UInt8(ascii: "+") || next.isCapital
      case 8: next == UInt8(ascii: "-") || next.isCapital
      default: !next.isAlphanumeric
      }
    if isCandidate { wholeRun(start, length, &hits) }
  }

  /// Hexadecimal digits are full of these, so what stands before is looked at first.
  @inline(__always) private func lettersThenDigits(_ start: Int, _ length: Int, _ hits: inout [Detection]) {
    if kinds.contains(.iban), !text[start - 3].isAlphanumeric, let begin = iban(start) { hits.add(.iban, begin.start, begin.end) }
    if kinds.contains(.nationalID) {
      if length == 7, let end = foreignerOfSpain(start) { hits.add(.nationalID, start - 1, end) }
      if length == 2, !text[start - 7].isAlphanumeric, let end = italian(start) { hits.add(.nationalID, start - 6, end) }
    }
  }

  private func wholeRun(_ start: Int, _ length: Int, _ hits: inout [Detection]) {
    if kinds.contains(.card), let end = card(start, length) { hits.add(.card, start, end) }
    if kinds.contains(.nationalID), let end = nationalID(start, length) { hits.add(.nationalID, start, end) }
  }

  /// One of the rare bytes stands at `at`.
  @inline(__always) private mutating func turn(_ at: Int, _ hits: inout [Detection]) {
    switch text[at] {
    case UInt8(ascii: "@"):
      if kinds.contains(.email), let found = email(at) { hits.add(.email, found.start, found.end) }
    case UInt8(ascii: "+"):
      if kinds.contains(.phone), let end = phone(at) { hits.add(.phone, at, end) }
    case UInt8(ascii: "B"):
      if kinds.contains(.key), at >= keyEnd, let end = privateKey(at) {
        hits.add(.key, at - 5, end)
        keyEnd = end
      }
    default:
      if kinds.contains(.token), let found = token(at) { hits.add(.token, found.start, found.end) }
    }
  }
}
