/// Big-endian fields, one after the other, of bytes that are no secret.
struct HeaderReader {
  private let bytes: [UInt8]
  private(set) var offset: Int
  private let end: Int

  init(_ bytes: [UInt8], from offset: Int, to end: Int) {
    precondition(0 <= offset && offset <= end && end <= bytes.count)
    self.bytes = bytes
    self.offset = offset
    self.end = end
  }

  var isAtEnd: Bool { offset == end }

  mutating func take(_ count: Int) throws -> [UInt8] {
    guard count <= end - offset else {
      throw VaultFormatError.corrupted("a field runs over the end of the file")
    }
    defer { offset += count }
    return Array(bytes[offset..<offset + count])
  }

  mutating func number<Number: FixedWidthInteger & UnsignedInteger>(
    _ type: Number.Type = Number.self
  ) throws -> Number {
    try take(Number.bitWidth / 8).reduce(0) { $0 << 8 | Number($1) }
  }
}

extension [UInt8] {
  /// Appends a number, big-endian.
  mutating func put(_ number: some FixedWidthInteger & UnsignedInteger) {
    for shift in stride(from: number.bitWidth - 8, through: 0, by: -8) {
      append(UInt8(truncatingIfNeeded: number >> shift))
    }
  }
}
