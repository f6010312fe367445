extension DetectorEngine {
  private static let digits = 8...15

  /// The end of the number whose `+` stands at `at`: 8 to 15 digits, up to two of ` ./-()` between them, as many as end a run of digits.
  func phone(_ at: Int) -> Int? {
    let before = text[at - 1]
    guard !before.isAlphanumeric, before != UInt8(ascii: "+"), text[at + 1] &- 0x31 < 9 else { return nil }
    var end: Int?
    var (count, place) = (0, at + 1)
    while count <= Self.digits.upperBound {
      while text[place].isDigit, count <= Self.digits.upperBound {
        count += 1
        place += 1
      }
      if Self.digits.contains(count), !text[place].isAlphanumeric { end = place }
      var gap = 0
      while gap < 2, Self.separates(text[place + gap]) { gap += 1 }
      guard gap > 0, text[place + gap].isDigit else { break }
      place += gap
    }
    return end
  }

  private static func separates(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: " "), UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: "-"), UInt8(ascii: "("), UInt8(ascii: ")"): true
    default: false
    }
  }
}
