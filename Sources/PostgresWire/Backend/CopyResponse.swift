/// CopyInResponse, CopyOutResponse, CopyBothResponse: COPY data may flow.
public struct CopyResponse: Sendable, Equatable {
  public enum Direction: UInt8, Sendable, Equatable {
    /// From the client.
    case into = 0x47
    /// To the client.
    case out = 0x48
    /// Replication.
    case both = 0x57
  }

  public var direction: Direction
  /// 0 text, 1 binary.
  public var format: UInt8
  public var columnFormats: [UInt16]

  public init(_ direction: Direction, format: UInt8 = 0, columnFormats: [UInt16] = []) {
    self.direction = direction
    self.format = format
    self.columnFormats = columnFormats
  }

  public static func decode(_ direction: Direction, _ body: RawSpan) throws(WireError) -> Self {
    try WireReader.read(body) { reader throws(WireError) in
      var response = Self(direction, format: try reader.uint8())
      for _ in 0..<(try reader.uint16()) { response.columnFormats.append(try reader.uint16()) }
      return response
    }
  }

  public func encode(into writer: inout WireWriter) {
    writer.message(direction.rawValue) {
      $0.uint8(format)
      $0.uint16(UInt16(columnFormats.count))
      for format in columnFormats { $0.uint16(format) }
    }
  }
}
