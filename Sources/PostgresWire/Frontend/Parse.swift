/// Parse: make a prepared statement.
public struct Parse: Sendable, Equatable {
  public static let type = UInt8(ascii: "P")

  public var name: WireName
  public var text: [UInt8]
  /// OIDs of the parameters' types, as far as the client says; 0 leaves one open.
  public var parameterTypes: [UInt32]

  public init(name: WireName, text: [UInt8], parameterTypes: [UInt32] = []) {
    self.name = name
    self.text = text
    self.parameterTypes = parameterTypes
  }

  /// A body's name and where its text stands; the whole body is checked.
  public static func head(_ body: RawSpan) throws(WireError) -> (name: WireName, text: Range<Int>) {
    try WireReader.read(body) { reader throws(WireError) in
      let name = try reader.name()
      let text = try reader.stringRange()
      let count = try reader.uint16()
      _ = try reader.skip(4 * Int(count))
      return (name, text)
    }
  }

  public static func decode(_ body: RawSpan) throws(WireError) -> Parse {
    try WireReader.read(body) { reader throws(WireError) in
      let name = try reader.name()
      let text = try reader.stringBytes()
      var types: [UInt32] = []
      for _ in 0..<(try reader.uint16()) { types.append(try reader.uint32()) }
      return Parse(name: name, text: text, parameterTypes: types)
    }
  }

  public func encode(into writer: inout WireWriter) {
    writer.message(Self.type) {
      $0.string(utf8: name.utf8)
      $0.string(utf8: text)
      $0.uint16(UInt16(parameterTypes.count))
      for type in parameterTypes { $0.uint32(type) }
    }
  }
}
