/// Builds messages: network byte order, length filled in when the body is complete.
public struct WireWriter: Sendable {
  /// The messages so far.
  public private(set) var bytes: [UInt8] = []

  public init() {}

  /// A message with a type byte.
  public mutating func message(_ type: UInt8, _ body: (inout WireWriter) -> Void) {
    bytes.append(type)
    untypedMessage(body)
  }

  /// A message of the startup family, which has no type byte.
  public mutating func untypedMessage(_ body: (inout WireWriter) -> Void) {
    let start = bytes.count
    uint32(0)
    body(&self)
    let length = UInt32(bytes.count - start)
    for index in 0..<4 { bytes[start + index] = UInt8(truncatingIfNeeded: length >> UInt32(24 - 8 * index)) }
  }

  public mutating func uint8(_ value: UInt8) { bytes.append(value) }

  public mutating func uint16(_ value: UInt16) {
    bytes.append(UInt8(truncatingIfNeeded: value >> 8))
    bytes.append(UInt8(truncatingIfNeeded: value))
  }

  public mutating func uint32(_ value: UInt32) {
    for shift in [UInt32(24), 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
  }

  public mutating func int32(_ value: Int32) { uint32(UInt32(bitPattern: value)) }

  public mutating func raw(_ value: some Sequence<UInt8>) { bytes.append(contentsOf: value) }

  /// Bytes that are lent.
  public mutating func raw(_ value: RawSpan) { unsafe value.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) } }

  /// UTF-8 and a final NUL. A NUL inside would end the string early for the reader: programmer's mistake.
  public mutating func string(_ value: String) { string(utf8: value.utf8) }

  /// As `string(_:)`, from bytes.
  public mutating func string(utf8 value: some Sequence<UInt8>) {
    let start = bytes.count
    bytes.append(contentsOf: value)
    precondition(!bytes[start...].contains(0), "a protocol string cannot hold a NUL")
    bytes.append(0)
  }
}
