extension DetectorEngine {
  /// The address around the `@` at `at`. The local part goes back as far as its bytes do; the domain ends behind the last of its
  /// labels that can be a top-level domain: two letters or more, or `xn--` and what follows.
  func email(_ at: Int) -> (start: Int, end: Int)? {
    var start = at
    while text[start - 1].isOfLocalPart { start -= 1 }
    // Quotes and dots of the sentence around it.
    while start < at, !(text[start].isAnyAlphanumeric || text[start] == UInt8(ascii: "_") || text[start] == UInt8(ascii: "+")) {
      start += 1
    }
    guard start < at else { return nil }
    var end: Int?
    var label = at + 1
    while text[label].isAnyAlphanumeric {
      let letters = text.run(from: label) { $0.isAnyLetter }
      let labelEnd = text.run(from: letters) { $0.isAnyAlphanumeric || $0 == UInt8(ascii: "-") }
      if label > at + 1 {
        if text.has("xn--", at: label), text[label + 4].isAnyAlphanumeric {
          end = labelEnd
          while text[end! - 1] == UInt8(ascii: "-") { end! -= 1 }
        } else if letters - label >= 2, !text[letters].isDigit {
          end = letters
        }
      }
      guard text[labelEnd] == UInt8(ascii: ".") else { break }
      label = labelEnd + 1
    }
    return end.map { (start, $0) }
  }
}
