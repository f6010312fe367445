/// The name that a translated RETURNING gives to the NULL in a masked column's place: PostgreSQL says of an expression no table that it
/// comes from, so the name says it, through SQL's PREPARE and whatever else stands between the text and its RowDescription. The proxy
/// tells the client the column instead.
public struct ReturnedColumn: Sendable, Equatable {
  /// The table's OID and `pg_attribute.attnum`.
  public var table: UInt32
  public var number: Int16
  /// What the client calls it; nil for the column's own name.
  public var alias: String?

  public init(table: UInt32, number: Int16, alias: String? = nil) {
    self.table = table
    self.number = number
    self.alias = alias
  }

  private static let mark = Array("masked column ".utf8)
  /// `NAMEDATALEN` less the final NUL: PostgreSQL cuts longer names.
  private static let nameBytesMax = 63

  /// The output's name; nil for one that PostgreSQL would cut.
  var name: String? {
    let name = "\(String(decoding: Self.mark, as: UTF8.self))\(table).\(number)" + (alias.map { " " + $0 } ?? "")
    return name.utf8.count <= Self.nameBytesMax ? name : nil
  }

  /// Reads the name of a RowDescription's column.
  public init?(name: [UInt8]) {
    guard name.starts(with: Self.mark) else { return nil }
    let parts = name.dropFirst(Self.mark.count).split(
      separator: UInt8(ascii: " "), maxSplits: 1, omittingEmptySubsequences: false)
    let numbers = parts[0].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
    guard numbers.count == 2, let table = UInt32(numbers[0]), let number = Int16(numbers[1]) else { return nil }
    self.init(table: table, number: number, alias: parts.count == 2 ? String(decoding: parts[1], as: UTF8.self) : nil)
  }
}
