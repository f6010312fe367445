import Policy

/// What is shown of one column's values, computed from their text or binary form as sql/shadows/masks.sql computes it from the values.
/// What cannot be computed here (`hash`, whose key never leaves the database, elements of arrays, documents by path) is NULL.
struct WireMask: Equatable {
  let kind: MaskKind
  private let form: Form
  private let isBinary: Bool
  /// The longest text that the type takes, in characters.
  private let charactersMax: Int?

  /// How a type's values are written.
  private enum Form: Equatable {
    case text, padded
    case integer(bytes: Int)
    case numeric
    case float(bytes: Int)
    case time(TimeMask.Form)
    /// Shown as a constant by `redact`, and not at all by the others.
    case constant(text: String, binary: [UInt8]?)
    case other
  }

  init(kind: MaskKind, typeOID: UInt32, typeName: String, typeModifier: Int32, isBinary: Bool) {
    self.kind = kind
    self.isBinary = isBinary
    form = Self.form(typeOID, typeName)
    charactersMax = [1042, 1043].contains(typeOID) && typeModifier > 4 ? Int(typeModifier) - 4 : nil
  }

  /// OIDs of pg_type.dat; binary forms as the types' send functions write them.
  private static func form(_ oid: UInt32, _ name: String) -> Form {
    switch oid {
    case 25, 1043, 19: .text  // text, varchar, name
    case 1042: .padded  // bpchar
    case 20: .integer(bytes: 8)
    case 21: .integer(bytes: 2)
    case 23: .integer(bytes: 4)
    case 1700: .numeric
    case 700: .float(bytes: 4)
    case 701: .float(bytes: 8)
    case 1082: .time(.date)
    case 1114: .time(.timestamp)
    case 1184: .time(.timestampInZone)
    case 2950: .constant(text: "00000000-0000-0000-0000-000000000000", binary: Array(repeating: 0, count: 16))
    case 17: .constant(text: "\\x", binary: [])
    case 869: .constant(text: "0.0.0.0", binary: [2, 32, 0, 4, 0, 0, 0, 0])
    case 650: .constant(text: "0.0.0.0/0", binary: [2, 0, 1, 4, 0, 0, 0, 0])
    case 114: .constant(text: "\"***\"", binary: Array("\"***\"".utf8))
    case 3802: .constant(text: "\"***\"", binary: [1] + Array("\"***\"".utf8))
    case 1009: .constant(text: "{***}", binary: starArray(of: 25))
    case 1015: .constant(text: "{***}", binary: starArray(of: 1043))
    case 1014: .constant(text: "{***}", binary: starArray(of: 1042))
    case 1003: .constant(text: "{***}", binary: starArray(of: 19))
    default:
      name == "citext" || name.hasSuffix(".citext") ? .text : name.hasSuffix("[]") ? .constant(text: "{}", binary: nil) : .other
    }
  }

  /// One dimension, no NULLs, `***` (array_send).
  private static func starArray(of element: UInt16) -> [UInt8] {
    [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, UInt8(element >> 8), UInt8(element & 0xff), 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 3]
      + Array("***".utf8)
  }

  /// What is shown; nil for NULL.
  func masked(_ value: [UInt8]?) -> [UInt8]? {
    if kind == .redact { return redacted }
    guard let value else { return nil }
    switch form {
    case .text: return text(String(decoding: value, as: UTF8.self)).map { Array(cut($0).utf8) }
    case .padded:
      var whole = String(decoding: value, as: UTF8.self)
      while whole.hasSuffix(" ") { whole.removeLast() }
      return text(whole).map { Array(padded(cut($0)).utf8) }
    case .integer(let bytes): return integer(value, bytes)
    case .numeric: return kind == .bucket && !isBinary ? numericBucket(value) : nil
    case .float(let bytes): return kind == .bucket ? floatBucket(value, bytes) : nil
    case .time(let form): return TimeMask(kind: kind, form: form, isBinary: isBinary)?.masked(value)
    case .constant, .other: return nil
    }
  }

  /// The same for NULL as for a value.
  private var redacted: [UInt8]? {
    switch form {
    case .text: Array(cut("***").utf8)
    case .padded: Array(padded(cut("***")).utf8)
    case .integer(let bytes), .float(let bytes): isBinary ? Array(repeating: 0, count: bytes) : [UInt8(ascii: "0")]
    // No digits, weight 0, positive, scale 0 (numeric_send).
    case .numeric: isBinary ? Array(repeating: 0, count: 8) : [UInt8(ascii: "0")]
    case .constant(let text, let binary): isBinary ? binary : Array(text.utf8)
    case .time, .other: nil
    }
  }

  // MARK: Text

  private func text(_ value: String) -> String? {
    let letters = value.unicodeScalars
    switch kind {
    case .partial: return letters.count > 4 ? Self.string(letters.prefix(1)) + "***" + Self.string(letters.suffix(1)) : "***"
    case .last4: return letters.count > 8 ? "****" + Self.string(letters.suffix(4)) : "****"
    case .email: return Self.email(letters)
    default: return nil
    }
  }

  private static func string(_ letters: some Sequence<Unicode.Scalar>) -> String {
    var text = String.UnicodeScalarView()
    text.append(contentsOf: letters)
    return String(text)
  }

  /// First letter and top-level domain; what cannot be one is left out.
  private static func email(_ letters: String.UnicodeScalarView) -> String {
    guard let at = letters.firstIndex(of: "@"), at > letters.startIndex else { return "***" }
    let shown = string(letters.prefix(1)) + "***@***"
    let domain = letters[letters.index(after: at)...].prefix { $0 != "@" }
    guard let dot = domain.lastIndex(of: ".") else { return shown }
    let end = domain[domain.index(after: dot)...]
    guard (1...14).contains(end.count),
      end.allSatisfy({ $0 == "-" || $0.isASCII && $0.properties.isAlphabetic || ("0"..."9").contains($0) })
    else { return shown }
    return shown + "." + string(end)
  }

  private func cut(_ text: String) -> String {
    guard let charactersMax, text.unicodeScalars.count > charactersMax else { return text }
    return Self.string(text.unicodeScalars.prefix(charactersMax))
  }

  private func padded(_ text: String) -> String {
    text + String(repeating: " ", count: max(0, (charactersMax ?? 0) - text.unicodeScalars.count))
  }

  // MARK: Numbers

  private func integer(_ value: [UInt8], _ bytes: Int) -> [UInt8]? {
    let number: Int64
    if isBinary {
      guard value.count == bytes else { return nil }
      let bits = value.reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
      let shift = 64 - 8 * bytes
      number = Int64(bitPattern: bits << UInt64(shift)) >> Int64(shift)
    } else {
      guard let read = Int64(String(decoding: value, as: UTF8.self)) else { return nil }
      number = read
    }
    let shown: Int64
    switch kind {
    case .last4 where number >= 100_000_000: shown = number % 10_000
    case .bucket: shown = number / 10 * 10
    default: return nil
    }
    guard isBinary else { return Array(String(shown).utf8) }
    return (0..<bytes).map { UInt8(truncatingIfNeeded: shown >> Int64(8 * (bytes - 1 - $0))) }
  }

  /// The whole part, cut towards zero to tens.
  private func numericBucket(_ value: [UInt8]) -> [UInt8]? {
    let isNegative = value.first == UInt8(ascii: "-")
    let digits = value.dropFirst(isNegative ? 1 : 0).prefix { $0 != UInt8(ascii: ".") }
    guard !digits.isEmpty, digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
    guard digits.count > 1 else { return [UInt8(ascii: "0")] }
    return (isNegative ? [UInt8(ascii: "-")] : []) + digits.dropLast() + [UInt8(ascii: "0")]
  }

  private func floatBucket(_ value: [UInt8], _ bytes: Int) -> [UInt8]? {
    let number: Double
    if isBinary {
      guard value.count == bytes else { return nil }
      let bits = value.reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
      number = bytes == 4 ? Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits))) : Double(bitPattern: bits)
    } else {
      guard let read = Double(String(decoding: value, as: UTF8.self)) else { return nil }
      number = read
    }
    guard number.magnitude < 1e30 else { return nil }
    let shown = number.magnitude < 10 ? 0 : (number / 10).rounded(.towardZero) * 10
    guard isBinary else {
      return Array((shown.magnitude < 1e15 ? String(Int64(shown)) : bytes == 4 ? "\(Float(shown))" : "\(shown)").utf8)
    }
    let bits = bytes == 4 ? UInt64(Float(shown).bitPattern) : shown.bitPattern
    return (0..<bytes).map { UInt8(truncatingIfNeeded: bits >> UInt64(8 * (bytes - 1 - $0))) }
  }
}
