extension DetectorEngine {
  /// The account number whose check digits begin at `digits`, behind the two letters of its country: as stored, or in groups of four
  /// with a blank between them.
  func iban(_ digits: Int) -> (start: Int, end: Int)? {
    let start = digits - 2
    guard text[start].isLetter, !text[start - 1].isAlphanumeric, text[digits + 1].isDigit else { return nil }
    let length = Self.length(text[start] & 0xDF, text[start + 1] & 0xDF)
    guard length > 0 else { return nil }
    // The first four characters count last.
    var (remainder, head) = (0, 0)
    var (count, place) = (0, start)
    while count < length {
      let byte = text[place]
      if byte == UInt8(ascii: " "), count % 4 == 0, text[place - 1] != byte {
        place += 1
        continue
      }
      guard byte.isAlphanumeric else { return nil }
      let value = byte.isDigit ? byte.digit : Int(byte & 0xDF) - 55
      if count < 4 {
        head = value < 10 ? head * 10 + value : head * 100 + value
      } else {
        remainder = (value < 10 ? remainder * 10 + value : remainder * 100 + value) % 97
      }
      count += 1
      place += 1
    }
    guard !text[place].isAlphanumeric, (remainder * 1_000_000 + head) % 97 == 1 else { return nil }
    return (start, place)
  }

  /// Characters of a country's numbers (SWIFT IBAN registry); 0 for one that has none.
  private static func length(_ first: UInt8, _ second: UInt8) -> Int {
    switch UInt16(first) << 8 | UInt16(second) {
    case 0x4E4F: 15  // NO
    case 0x4245: 16  // BE
    case 0x444B, 0x464F, 0x4649, 0x474C, 0x4E4C: 18  // DK FO FI GL NL
    case 0x4D4B, 0x5349: 19  // MK SI
    case 0x4154, 0x4241, 0x4545, 0x4B5A, 0x4C54, 0x4C55, 0x584B: 20  // AT BA EE KZ LT LU XK
    case 0x4348, 0x4352, 0x4852, 0x4C49, 0x4C56: 21  // CH CR HR LI LV
    case 0x4247, 0x4248, 0x4445, 0x4742, 0x4745, 0x4945, 0x4D45, 0x5253, 0x5641: 22  // BG BH DE GB GE IE ME RS VA
    case 0x4145, 0x4749, 0x494C, 0x4951, 0x544C: 23  // AE GI IL IQ TL
    // AD CZ ES MD PK RO SA SE SK TN VG
    case 0x4144, 0x435A, 0x4553, 0x4D44, 0x504B, 0x524F, 0x5341, 0x5345, 0x534B, 0x544E, 0x5647: 24
    case 0x5054, 0x5354: 25  // PT ST
    case 0x4953, 0x5452: 26  // IS TR
    case 0x4652, 0x4752, 0x4954, 0x4D43, 0x4D52, 0x534D: 27  // FR GR IT MC MR SM
    case 0x414C, 0x415A, 0x4259, 0x4359, 0x444F, 0x4754, 0x4855, 0x4C42, 0x504C, 0x5356: 28  // AL AZ BY CY DO GT HU LB PL SV
    case 0x4252, 0x5053, 0x5141, 0x5541: 29  // BR PS QA UA
    case 0x4A4F, 0x4B57, 0x4D55: 30  // JO KW MU
    case 0x4D54, 0x5343: 31  // MT SC
    case 0x4C43: 32  // LC
    default: 0
    }
  }
}
