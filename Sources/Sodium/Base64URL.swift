/// Base64url without padding (RFC 4648 section 5): the text form of connect secrets, keys and tokens.
public enum Base64URL {
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

  static let notDecodable = SodiumError(
    .notDecodable, message: "the text is not base64url without padding",
    next: "copy it whole, without blanks or =")

  /// Encodes bytes.
  public static func encode(_ bytes: [UInt8]) -> String { encode(bytes.span) }

  /// Encodes bytes.
  public static func encode(_ bytes: Span<UInt8>) -> String {
    var text = [UInt8]()
    text.reserveCapacity((bytes.count * 4 + 2) / 3)
    var bits: UInt32 = 0
    var pending = 0
    for index in bytes.indices {
      bits = bits << 8 | UInt32(bytes[index])
      pending += 8
      while pending >= 6 {
        pending -= 6
        text.append(alphabet[Int(bits >> UInt32(pending) & 63)])
      }
    }
    if pending > 0 { text.append(alphabet[Int(bits << UInt32(6 - pending) & 63)]) }
    defer { text.wipe() }
    return String(decoding: text, as: UTF8.self)
  }

  /// Decodes text; nil unless it is the one canonical encoding of some bytes.
  public static func decode(_ text: String) -> [UInt8]? {
    var bytes = [UInt8]()
    bytes.reserveCapacity(text.utf8.count * 3 / 4)
    var bits: UInt32 = 0
    var pending = 0
    for character in text.utf8 {
      guard let value = value(of: character) else { return nil }
      bits = bits << 6 | value
      pending += 6
      if pending >= 8 {
        pending -= 8
        bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(pending)))
      }
    }
    // Left-over bits are zero and fewer than a character's worth, or another text would mean the same bytes.
    guard pending < 6, bits & ((1 << UInt32(pending)) - 1) == 0 else { return nil }
    return bytes
  }

  private static func value(of character: UInt8) -> UInt32? {
    switch character {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
    case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a")) + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0")) + 52
    case UInt8(ascii: "-"): 62
    case UInt8(ascii: "_"): 63
    default: nil
    }
  }
}
