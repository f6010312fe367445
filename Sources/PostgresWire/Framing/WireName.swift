/// The name of a prepared statement or portal, compared as PostgreSQL does: byte by byte, and by the first 63 bytes only
/// (`NAMEDATALEN` keys in `prepare.c` and `portalmem.c`), in whatever encoding. Held in place, since names come with most messages.
public struct WireName: Sendable, Hashable, CustomStringConvertible {
  public static let bytesMax = 63
  public static var unnamed: WireName { WireName() }

  /// Eight bytes each, the first in the lowest bits; the highest byte of the last is the length.
  private var words: InlineArray<8, UInt64> = .init(repeating: 0)

  private init() {}

  public init(_ utf8: some Collection<UInt8>) {
    var count = 0
    for byte in utf8.prefix(Self.bytesMax) {
      words[count >> 3] |= UInt64(byte) << UInt64((count & 7) * 8)
      count += 1
    }
    words[7] |= UInt64(count) << 56
  }

  public init(_ name: String) { self.init(name.utf8) }

  private var count: Int { Int(words[7] >> 56) }

  public var utf8: [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: words[$0 >> 3] >> UInt64(($0 & 7) * 8)) } }
  public var isUnnamed: Bool { words[7] >> 56 == 0 }
  public var description: String { String(decoding: utf8, as: UTF8.self) }

  public static func == (left: WireName, right: WireName) -> Bool {
    for index in 0..<8 where left.words[index] != right.words[index] { return false }
    return true
  }

  public func hash(into hasher: inout Hasher) {
    for index in 0...(count >> 3) { hasher.combine(words[index]) }
  }
}
