import Detectors
import Foundation

/// What the scanner finds, said a second time: one regular expression for each form, tried at every byte, and the plain arithmetic
/// of the check digits. Bytes are read as ISO 8859-1, so that offsets are those of bytes.
enum SlowReference {
  static func scan(_ bytes: [UInt8]) -> [Detection] {
    var all: [Detection] = []
    let text = String(bytes.map { Character(UnicodeScalar($0)) })
    for form in forms {
      for match in form.expression.matches(in: text, range: NSRange(location: 0, length: bytes.count)) {
        let range = match.range(at: 1)
        let (start, end) = (range.location, range.location + range.length)
        if form.check(Array(bytes[start..<end])) { all.append(Detection(form.kind, start, end)) }
      }
    }
    all += bytes.indices.compactMap { iban(bytes, at: $0) }
    all += keys(bytes)
    return merged(all)
  }

  private struct Form: Sendable {
    let kind: DetectorKind
    let expression: NSRegularExpression
    let check: @Sendable ([UInt8]) -> Bool

    init(_ kind: DetectorKind, _ pattern: String, _ check: @escaping @Sendable ([UInt8]) -> Bool = { _ in true }) {
      self.kind = kind
      expression = try! NSRegularExpression(pattern: "(?=(\(pattern)))", options: .dotMatchesLineSeparators)
      self.check = check
    }
  }

  private static let any = "A-Za-z0-9\\x80-\\xFF"
  private static let whole = "(?<![A-Za-z0-9])(?<![0-9]\\.)"
  private static let after = "(?![A-Za-z0-9])(?!\\.[0-9])"
  private static let idStart = whole + "(?<![A-Za-z0-9]-)"
  private static let idEnd = "(?![A-Za-z0-9])(?!-[A-Za-z0-9])"
  private static let tokenStart = "(?<![A-Za-z0-9_-])"

  private static let forms: [Form] =
    [
      Form(
        .email,
        "[\(any)_+][\(any)._%+'-]*@(?:[\(any)][\(any)-]*\\.)+(?:xn--[\(any)](?:[\(any)-]*[\(any)])?(?![\(any)])|[A-Za-z\\x80-\\xFF]{2,}(?![\(any)]))"
      ),
      Form(.phone, "(?<![A-Za-z0-9+])\\+[1-9](?:[ ./()-]{0,2}[0-9]){7,14}(?![A-Za-z0-9])"),
      Form(.card, "\(whole)[0-9]{13,19}\(after)", isCard),
      Form(.nationalID, "\(idStart)[0-9]{3}-[0-9]{2}-[0-9]{4}\(idEnd)") { bytes in
        let (area, group, serial) = (number(bytes[0..<3]), number(bytes[4..<6]), number(bytes[7..<11]))
        return area != 0 && area != 666 && area < 900 && group != 0 && serial != 0
      },
      Form(.nationalID, "\(idStart)[0-9]{3}\\.[0-9]{3}\\.[0-9]{3}-[0-9]{2}\(idEnd)") { bytes in
        let digits = bytes.filter { (48...57).contains($0) }.map { Int($0) - 48 }
        let first = (0..<9).map { digits[$0] * (10 - $0) }.reduce(0, +) * 10 % 11 % 10
        let second = (0..<10).map { digits[$0] * (11 - $0) }.reduce(0, +) * 10 % 11 % 10
        return Set(digits[0..<9]).count > 1 && digits[9] == first && digits[10] == second
      },
      Form(.nationalID, "\(idStart)[0-9]{2}\\.[0-9]{2}\\.[0-9]{2}-[0-9]{3}\\.[0-9]{2}\(idEnd)") { bytes in
        let check = number(bytes[13...])
        guard number(bytes[3..<5]) <= 52, number(bytes[6..<8]) <= 31 else { return false }
        return [0, 2_000_000_000].contains { 97 - ($0 + number(bytes[..<12])) % 97 == check }
      },
      Form(.nationalID, "\(idStart)[0-9]{6}[-+A-FU-Y][0-9]{3}[0-9A-Y]\(idEnd)") { bytes in
        guard (1...31).contains(number(bytes[0..<2])), (1...12).contains(number(bytes[2..<4])), number(bytes[7..<10]) >= 2 else {
          return false
        }
        return bytes[10]
          == Array("0123456789ABCDEFHJKLMNPRSTUVWXY".utf8)[(number(bytes[0..<6]) * 1000 + number(bytes[7..<10])) % 31]
      },
      Form(.nationalID, "\(idStart)(?:[0-9]{2})?[0-9]{6}-[0-9]{4}\(idEnd)") { bytes in
        let short = bytes.suffix(11)
        let day = number(short.dropFirst(4).prefix(2))
        return (1...12).contains(number(short.dropFirst(2).prefix(2))) && ((1...31).contains(day) || (61...91).contains(day))
          && luhn(Array(short))
      },
      Form(.nationalID, "\(idStart)[0-9]{8}-?[A-Z]\(idEnd)") { bytes in
        bytes.last == Array("TRWAGMYFPDXBNJZSQVHLCKE".utf8)[number(bytes[0..<8]) % 23]
      },
      Form(.nationalID, "(?<![A-Za-z0-9])[XYZ][0-9]{7}-?[A-Z]\(idEnd)") { bytes in
        bytes.last == Array("TRWAGMYFPDXBNJZSQVHLCKE".utf8)[((Int(bytes[0]) - 88) * 10_000_000 + number(bytes[1..<8])) % 23]
      },
      Form(
        .nationalID, "\(idStart)(?:[12][0-9]{14}|[12] [0-9]{2} [0-9]{2} [0-9]{2} [0-9]{3} [0-9]{3} [0-9]{2})\(idEnd)"
      ) { bytes in
        let digits = bytes.filter { $0 != 32 }
        return (1...42).contains(number(digits[3..<5])) && 97 - number(digits[0..<13]) % 97 == number(digits[13...])
      },
      Form(.nationalID, "(?<![A-Za-z0-9])[A-Z]{6}[0-9]{2}[ABCDEHLMPRST][0-9]{2}[A-Z][0-9]{3}[A-Z]\(idEnd)") { bytes in
        let odd = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23]
        let sum = bytes[0..<15].enumerated().map { index, byte in
          let value = byte < 58 ? Int(byte) - 48 : Int(byte) - 65
          return index % 2 == 0 ? odd[value] : value
        }.reduce(0, +)
        return Int(bytes[15]) == 65 + sum % 26
      },
      Form(.token, "\(tokenStart)(?:gh[pousr]|npm)_[A-Za-z0-9]{36,}(?![A-Za-z0-9])"),
      Form(.token, "\(tokenStart)iss_[A-Za-z0-9_-]{43,}"),
      Form(.token, "\(tokenStart)github_pat_[A-Za-z0-9_-]{22,}"),
      Form(.token, "\(tokenStart)[sr]k_(?:live|test)_[A-Za-z0-9]{16,}(?![A-Za-z0-9])"),
      Form(.token, "\(tokenStart)whsec_[A-Za-z0-9]{32,}(?![A-Za-z0-9])"),
      Form(.token, "\(tokenStart)sk-[A-Za-z0-9_-]{32,}"),
      Form(.token, "\(tokenStart)xox[abeoprs]-[A-Za-z0-9-]{10,}"),
      Form(.token, "\(tokenStart)(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])"),
      Form(.token, "\(tokenStart)AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])"),
      Form(
        .token,
        "(?<![A-Za-z0-9_.-])eyJ[A-Za-z0-9_-]{7,}\\.[A-Za-z0-9_-]{4,}\\.[A-Za-z0-9_-]*(?:\\.[A-Za-z0-9_-]+){0,2}"),
    ]
    + (1...4).map { groups in
      Form(.card, "\(whole)[0-9]{4}(?:([ -])[0-9]{3,6}(?:\\2[0-9]{3,6}){\(groups - 1)})\(after)", isCard)
    }

  private static func number(_ bytes: some Sequence<UInt8>) -> Int {
    bytes.filter { (48...57).contains($0) }.reduce(0) { $0 * 10 + Int($1) - 48 }
  }

  private static func luhn(_ bytes: [UInt8]) -> Bool {
    let digits = bytes.filter { (48...57).contains($0) }.map { Int($0) - 48 }
    return digits.reversed().enumerated().map { $0 % 2 == 0 ? $1 : ($1 * 2 > 9 ? $1 * 2 - 9 : $1 * 2) }.reduce(0, +) % 10 == 0
  }

  private static func isCard(_ bytes: [UInt8]) -> Bool {
    let digits = bytes.filter { (48...57).contains($0) }
    guard digits.count >= 13, digits.count <= 19, luhn(bytes) else { return false }
    let (two, three, four) = (number(digits.prefix(2)), number(digits.prefix(3)), number(digits.prefix(4)))
    switch digits.count {
    case 13: return two / 10 == 4
    case 14: return two == 36 || two == 38 || two == 39 || (300...305).contains(three)
    case 15: return two == 34 || two == 37
    case 16...19:
      if two / 10 == 4 { return digits.count == 16 || digits.count == 19 }
      if (51...55).contains(two) || (2221...2720).contains(four) { return digits.count == 16 }
      return four == 6011 || (644...659).contains(three) || (3528...3589).contains(four) || two == 62
    default: return false
    }
  }

  private static let lengths: [(Int, String)] = [
    (15, "NO"), (16, "BE"), (18, "DK FO FI GL NL"), (19, "MK SI"), (20, "AT BA EE KZ LT LU XK"), (21, "CH CR HR LI LV"),
    (22, "BG BH DE GB GE IE ME RS VA"), (23, "AE GI IL IQ TL"), (24, "AD CZ ES MD PK RO SA SE SK TN VG"), (25, "PT ST"),
    (26, "IS TR"), (27, "FR GR IT MC MR SM"), (28, "AL AZ BY CY DO GT HU LB PL SV"), (29, "BR PS QA UA"), (30, "JO KW MU"),
    (31, "MT SC"), (32, "LC"),
  ]

  private static func iban(_ bytes: [UInt8], at start: Int) -> Detection? {
    func isWord(_ index: Int) -> Bool {
      bytes.indices.contains(index)
        && (UnicodeScalar(bytes[index]).isASCII && Character(UnicodeScalar(bytes[index])).isLetter
          || (48...57).contains(bytes[index]))
    }
    guard start + 4 <= bytes.count, !isWord(start - 1) else { return nil }
    let country = String(decoding: bytes[start..<start + 2], as: UTF8.self).uppercased()
    guard let length = lengths.first(where: { $0.1.split(separator: " ").contains(Substring(country)) })?.0 else { return nil }
    var (text, index) = ("", start)
    while text.count < length, index < bytes.count {
      if bytes[index] == 32, text.count % 4 == 0, bytes[index - 1] != 32 {
        index += 1
      } else if isWord(index) {
        text.append(Character(UnicodeScalar(bytes[index])))
        index += 1
      } else {
        return nil
      }
    }
    let digits = (text.dropFirst(4) + text.prefix(4)).uppercased().compactMap {
      $0.hexDigitValue == nil || $0.isLetter ? $0.isLetter ? String(Int($0.asciiValue!) - 55) : nil : String($0)
    }
    guard text.count == length, text.dropFirst(2).prefix(2).allSatisfy(\.isNumber), !isWord(index),
      digits.joined().reduce(0, { ($0 * 10 + $1.wholeNumberValue!) % 97 }) == 1
    else { return nil }
    return Detection(.iban, start, index)
  }

  private static func keys(_ bytes: [UInt8]) -> [Detection] {
    let text = String(bytes.map { Character(UnicodeScalar($0)) })
    let units = NSString(string: text)
    let begin = try! NSRegularExpression(pattern: "(?<=-----)BEGIN (?=[A-Z0-9 ]{1,48})(?:[A-Z0-9 ]*?)PRIVATE KEY(?: BLOCK)?-----")
    let end = try! NSRegularExpression(pattern: "-----END [^-]{0,48}-{0,5}")
    var (found, from): ([Detection], Int) = ([], 0)
    while let match = begin.firstMatch(
      in: text, options: .withTransparentBounds, range: NSRange(location: from, length: units.length - from))
    {
      let behind = match.range.location + match.range.length
      let close = end.firstMatch(in: text, range: NSRange(location: behind, length: units.length - behind))
      from = close.map { $0.range.location + $0.range.length } ?? units.length
      found.append(Detection(.key, match.range.location - 5, from))
    }
    return found
  }

  private static func merged(_ all: [Detection]) -> [Detection] {
    let order = DetectorKind.allCases
    let sorted = all.sorted { ($0.start, order.firstIndex(of: $0.kind)!) < ($1.start, order.firstIndex(of: $1.kind)!) }
    return sorted.reduce(into: []) { result, next in
      if let last = result.last, last.end > next.start {
        result[result.count - 1].end = max(last.end, next.end)
      } else {
        result.append(next)
      }
    }
  }
}
