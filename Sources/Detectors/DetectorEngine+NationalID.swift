/// Numbers of countries whose form or check digits tell them from other numbers. Bare runs of nine to eleven digits with a single
/// check digit are left alone: one in ten of all numbers would be taken for one.
extension DetectorEngine {
  private static let hyphen = UInt8(ascii: "-")
  private static let dot = UInt8(ascii: ".")

  /// The end of the identity number that begins with a run of `length` digits.
  func nationalID(_ start: Int, _ length: Int) -> Int? {
    if text[start - 1] == Self.hyphen, text[start - 2].isAlphanumeric { return nil }
    let next = text[start + length]
    switch length {
    case 1: return next == UInt8(ascii: " ") ? french(start) : nil
    case 2: return next == Self.dot ? belgian(start) : nil
    case 3: return next == Self.hyphen ? american(start) : next == Self.dot ? brazilian(start) : nil
    case 6: return finnish(start) ?? (next == Self.hyphen ? swedish(start, 6) : nil)
    case 8: return next == Self.hyphen && text[start + 9].isDigit ? swedish(start, 8) : spanish(start, start + 8)
    case 15: return french(start)
    default: return nil
    }
  }

  /// `digits` of them in a row, and then something else.
  private func number(_ start: Int, _ digits: Int) -> Int? {
    var value = 0
    for place in start..<start + digits {
      guard text[place].isDigit else { return nil }
      value = value * 10 + text[place].digit
    }
    return text[start + digits].isDigit ? nil : value
  }

  private func ends(_ end: Int) -> Bool {
    !text[end].isAlphanumeric && !(text[end] == Self.hyphen && text[end + 1].isAlphanumeric)
  }

  /// 123-45-6789: no check digit, but areas, groups and serials that were never given out.
  private func american(_ start: Int) -> Int? {
    guard let area = number(start, 3), let group = number(start + 4, 2), text[start + 6] == Self.hyphen,
      let serial = number(start + 7, 4), ends(start + 11)
    else { return nil }
    return area != 0 && area != 666 && area < 900 && group != 0 && serial != 0 ? start + 11 : nil
  }

  /// CPF 123.456.789-09.
  private func brazilian(_ start: Int) -> Int? {
    guard number(start, 3) != nil, number(start + 4, 3) != nil, text[start + 7] == Self.dot, number(start + 8, 3) != nil,
      text[start + 11] == Self.hyphen, let check = number(start + 12, 2), ends(start + 14)
    else { return nil }
    var (first, second, place) = (0, 0, 0)
    var differs = false
    for offset in 0..<11 where text[start + offset].isDigit {
      let digit = text[start + offset].digit
      first += digit * (10 - place)
      second += digit * (11 - place)
      differs = differs || digit != text[start].digit
      place += 1
    }
    let one = first * 10 % 11 % 10
    let two = (second + one * 2) * 10 % 11 % 10
    return differs && one * 10 + two == check ? start + 14 : nil
  }

  /// 85.07.30-033.28; of those born from 2000 on a 2 stands before all.
  private func belgian(_ start: Int) -> Int? {
    guard let year = number(start, 2), let month = number(start + 3, 2), text[start + 5] == Self.dot,
      let day = number(start + 6, 2), text[start + 8] == Self.hyphen, let serial = number(start + 9, 3),
      text[start + 12] == Self.dot, let check = number(start + 13, 2), ends(start + 15), month <= 52, day <= 31
    else { return nil }
    let number = ((year * 100 + month) * 100 + day) * 1000 + serial
    return 97 - number % 97 == check || 97 - (2_000_000_000 + number) % 97 == check ? start + 15 : nil
  }

  /// HETU 131052-308T.
  private func finnish(_ start: Int) -> Int? {
    let sign = text[start + 6]
    guard sign == Self.hyphen || sign == UInt8(ascii: "+") || (0x41...0x46).contains(sign) || (0x55...0x59).contains(sign),
      let date = number(start, 6), let serial = number(start + 7, 3), ends(start + 11),
      (1...31).contains(date / 10_000), (1...12).contains(date / 100 % 100), serial >= 2
    else { return nil }
    return text[start + 10] == Self.letter((date * 1000 + serial) % 31, "0123456789ABCDEFHJKLMNPRSTUVWXY") ? start + 11 : nil
  }

  /// Personnummer 811228-9874 or 19811228-9874: a Luhn digit over ten digits, and a date (days from 61 are of coordination numbers).
  private func swedish(_ start: Int, _ digits: Int) -> Int? {
    let end = start + digits + 5
    guard let date = number(start, digits), number(start + digits + 1, 4) != nil, ends(end),
      (1...12).contains(date / 100 % 100), (1...31).contains(date % 100) || (61...91).contains(date % 100),
      hasLuhnDigit(start + digits - 6, end)
    else { return nil }
    return end
  }

  /// DNI 12345678Z.
  private func spanish(_ start: Int, _ letter: Int) -> Int? {
    let place = text[letter] == Self.hyphen ? letter + 1 : letter
    guard text[place].isCapital, let value = number(letter - 8, 8), ends(place + 1) else { return nil }
    return text[place] == Self.letter(value % 23, "TRWAGMYFPDXBNJZSQVHLCKE") ? place + 1 : nil
  }

  /// NIE X1234567L: seven digits begin at `start`, behind the letter.
  func foreignerOfSpain(_ start: Int) -> Int? {
    let kind = Int(text[start - 1]) - Int(UInt8(ascii: "X"))
    let place = text[start + 7] == Self.hyphen ? start + 8 : start + 7
    guard (0...2).contains(kind), !text[start - 2].isAlphanumeric, let value = number(start, 7), text[place].isCapital,
      ends(place + 1)
    else { return nil }
    return text[place] == Self.letter((kind * 10_000_000 + value) % 23, "TRWAGMYFPDXBNJZSQVHLCKE") ? place + 1 : nil
  }

  /// NIR 1 84 12 76 451 089 46, or without blanks.
  private func french(_ start: Int) -> Int? {
    let step = text[start + 1] == UInt8(ascii: " ") ? 1 : 0
    var (value, place) = (0, start)
    for (index, width) in [1, 2, 2, 2, 3, 3].enumerated() {
      if index > 0, step == 1 {
        guard text[place] == UInt8(ascii: " ") else { return nil }
        place += 1
      }
      for _ in 0..<width {
        guard text[place].isDigit else { return nil }
        value = value * 10 + text[place].digit
        place += 1
      }
    }
    if step == 1 {
      guard text[place] == UInt8(ascii: " ") else { return nil }
      place += 1
    }
    guard let key = number(place, 2), ends(place + 2), value / 1_000_000_000_000 == 1 || value / 1_000_000_000_000 == 2,
      (1...42).contains(value / 100_000_000 % 100)
    else { return nil }
    return 97 - value % 97 == key ? place + 2 : nil
  }

  /// Codice fiscale RSSMRA85T10A562S: its first digits begin at `start`, behind six letters.
  func italian(_ start: Int) -> Int? {
    let first = start - 6
    guard first >= 0, !text[first - 1].isAlphanumeric else { return nil }
    var sum = 0
    for index in 0..<15 {
      let byte = text[first + index]
      let isDigitPlace = (6...7).contains(index) || (9...10).contains(index) || (12...14).contains(index)
      guard isDigitPlace ? byte.isDigit : byte.isCapital else { return nil }
      let value = byte.isDigit ? byte.digit : Int(byte) - 65
      sum += index % 2 == 1 ? value : Int(Self.letter(value, "BAFHJNPRTVCESULDGIMOQKWZYX")) - 65
    }
    guard "ABCDEHLMPRST".utf8.contains(text[first + 8]), Int(text[first + 15]) == 65 + sum % 26, ends(first + 16) else {
      return nil
    }
    return first + 16
  }

  private static func letter(_ index: Int, _ table: StaticString) -> UInt8 {
    table.withUTF8Buffer { unsafe index < $0.count ? $0[index] : 0 }
  }
}
