extension UInt8 {
  @inline(__always) var isDigit: Bool { self &- 0x30 < 10 }
  @inline(__always) var isLetter: Bool { (self | 0x20) &- 0x61 < 26 }
  @inline(__always) var isCapital: Bool { self &- 0x41 < 26 }
  @inline(__always) var isAlphanumeric: Bool { isDigit || isLetter }
  /// A letter, or a byte of one beyond ASCII in UTF-8.
  @inline(__always) var isAnyLetter: Bool { isLetter || self >= 0x80 }
  @inline(__always) var isAnyAlphanumeric: Bool { isAnyLetter || isDigit }
  /// RFC 4648 section 5.
  @inline(__always) var isBase64URL: Bool { isAlphanumeric || self == UInt8(ascii: "-") || self == UInt8(ascii: "_") }
  /// Of a digit.
  @inline(__always) var digit: Int { Int(self &- 0x30) }

  /// What an address has before its `@`, unquoted: letters, digits and `%'+-._`.
  @inline(__always) var isOfLocalPart: Bool {
    if self >= 0x80 { return true }
    let (low, high): (UInt64, UInt64) = (0x03FF_68A0_0000_0000, 0x07FF_FFFE_87FF_FFFE)
    return ((self < 64 ? low : high) >> UInt64(self & 63)) & 1 != 0
  }
}
