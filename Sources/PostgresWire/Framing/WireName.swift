/// The name of a prepared statement or portal, compared as PostgreSQL does: byte by byte, and by the first 63 bytes only
/// (`NAMEDATALEN` keys in `prepare.c` and `portalmem.c`), in whatever encoding. Most names are held in place, since they come with most
/// messages and are handed on often.
public struct WireName: Sendable, Hashable, CustomStringConvertible {
  public static let bytesMax = 63
  public static var unnamed: WireName { WireName() }

  private static let bytesInPlace = 23
  /// The first bytes, eight each, the first in the lowest bits; the highest byte of the last is the length.
  private var words: InlineArray<3, UInt64> = .init(repeating: 0)
  /// All bytes of a name that is longer.
  private var long: Long?

  private final class Long: Sendable {
    let utf8: [UInt8]
    init(_ utf8: [UInt8]) { self.utf8 = utf8 }
  }

  private init() {}

  public init(_ utf8: some Collection<UInt8>) {
    var count = 0
    for byte in utf8.prefix(Self.bytesMax) {
      if count < Self.bytesInPlace { words[count >> 3] |= UInt64(byte) << UInt64((count & 7) * 8) }
      count += 1
    }
    words[2] |= UInt64(count) << 56
    if count > Self.bytesInPlace { long = Long(Array(utf8.prefix(Self.bytesMax))) }
  }

  public init(_ name: String) { self.init(name.utf8) }

  /// As it stands in a message, without the final NUL.
  public init(_ bytes: RawSpan) {
    guard bytes.byteCount <= Self.bytesInPlace else {
      self.init((0..<bytes.byteCount).map { bytes.byte(at: $0) })
      return
    }
    self.init()
    for index in 0..<bytes.byteCount { words[index >> 3] |= UInt64(bytes.byte(at: index)) << UInt64((index & 7) * 8) }
    words[2] |= UInt64(bytes.byteCount) << 56
  }

  private var count: Int { Int(words[2] >> 56) }

  public var utf8: [UInt8] {
    if let long { return long.utf8 }
    return (0..<count).map { UInt8(truncatingIfNeeded: words[$0 >> 3] >> UInt64(($0 & 7) * 8)) }
  }
  public var isUnnamed: Bool { words[2] >> 56 == 0 }
  public var description: String { String(decoding: utf8, as: UTF8.self) }

  public static func == (left: WireName, right: WireName) -> Bool {
    for index in 0..<3 where left.words[index] != right.words[index] { return false }
    guard let all = left.long, let others = right.long else { return true }
    return all.utf8 == others.utf8
  }

  public func hash(into hasher: inout Hasher) {
    for index in 0..<3 { hasher.combine(words[index]) }
    if let long { hasher.combine(long.utf8) }
  }
}
