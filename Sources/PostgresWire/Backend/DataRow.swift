/// DataRow: one row. The relay never makes one of these; hidden queries and tests do.
public struct DataRow: Sendable, Equatable {
  public static let type = UInt8(ascii: "D")
  /// Nil is NULL.
  public var values: [[UInt8]?]
  public init(_ values: [[UInt8]?]) { self.values = values }

  public static func decode(_ body: RawSpan) throws(WireError) -> Self {
    try WireReader.read(body) { reader throws(WireError) in
      var values: [[UInt8]?] = []
      for _ in 0..<(try reader.uint16()) {
        let length = try reader.int32()
        values.append(length == -1 ? nil : try reader.bytes(Int(length)))
      }
      return Self(values)
    }
  }

  public func encode(into writer: inout WireWriter) {
    writer.message(Self.type) {
      $0.uint16(UInt16(values.count))
      for value in values {
        $0.int32(value.map { Int32($0.count) } ?? -1)
        if let value { $0.raw(value) }
      }
    }
  }
}
