extension DetectorEngine {
  /// The end of the card's number that begins with a run of `length` digits: 13 to 19 of them in one run, or a group of four and
  /// others of three to six behind the same blank or hyphen.
  func card(_ start: Int, _ length: Int) -> Int? {
    if length >= 13 {
      let end = start + length
      return endsNumber(end) && isCard(start, end, length) ? end : nil
    }
    let separator = text[start + 4]
    guard length == 4, separator == UInt8(ascii: " ") || separator == UInt8(ascii: "-") else { return nil }
    var (count, end) = (4, start + 4)
    var found: Int?
    while text[end] == separator {
      let next = text.run(from: end + 1, atMost: 7) { $0.isDigit }
      let group = next - end - 1
      guard (3...6).contains(group), count + group <= 19 else { break }
      count += group
      end = next
      if count >= 13, endsNumber(end), isCard(start, end, count) { found = end }
    }
    return found
  }

  /// Whether a number may end here: neither a letter nor a fraction follows.
  func endsNumber(_ end: Int) -> Bool {
    let next = text[end]
    return !next.isAlphanumeric && !(next == UInt8(ascii: ".") && text[end + 1].isDigit)
  }

  private func isCard(_ start: Int, _ end: Int, _ count: Int) -> Bool {
    var (first, seen) = (0, 0)
    var place = start
    while seen < 6 {
      if text[place].isDigit {
        first = first * 10 + text[place].digit
        seen += 1
      }
      place += 1
    }
    return Self.isOfNetwork(first, count) && hasLuhnDigit(start, end)
  }

  /// Prefixes and lengths as the networks publish them. `first` are the first six digits.
  private static func isOfNetwork(_ first: Int, _ count: Int) -> Bool {
    switch first {
    case 400_000...499_999: count == 13 || count == 16 || count == 19  // Visa
    case 510_000...559_999, 222_100...272_099: count == 16  // Mastercard
    case 340_000...349_999, 370_000...379_999: count == 15  // American Express
    case 601_100...601_199, 644_000...659_999: count >= 16  // Discover
    case 352_800...358_999: count >= 16  // JCB
    case 620_000...629_999: count >= 16  // UnionPay
    case 300_000...305_999, 360_000...369_999, 380_000...399_999: count == 14  // Diners Club
    default: false
    }
  }

  /// ISO/IEC 7812-1 annex B, over the digits between the two places.
  func hasLuhnDigit(_ start: Int, _ end: Int) -> Bool {
    var sum = 0
    var doubles = false
    var place = end
    while place > start {
      place -= 1
      let byte = text[place]
      guard byte.isDigit else { continue }
      let value = doubles ? byte.digit * 2 : byte.digit
      sum += value > 9 ? value - 9 : value
      doubles.toggle()
    }
    return sum % 10 == 0
  }
}
