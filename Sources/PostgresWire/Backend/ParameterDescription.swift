/// ParameterDescription: the types of a statement's parameters.
public struct ParameterDescription: Sendable, Equatable {
  public static let type = UInt8(ascii: "t")
  public var typeOIDs: [UInt32]
  public init(typeOIDs: [UInt32]) { self.typeOIDs = typeOIDs }

  public static func decode(_ body: RawSpan) throws(WireError) -> Self {
    try WireReader.read(body) { reader throws(WireError) in
      var types: [UInt32] = []
      for _ in 0..<(try reader.uint16()) { types.append(try reader.uint32()) }
      return Self(typeOIDs: types)
    }
  }

  public func encode(into writer: inout WireWriter) {
    writer.message(Self.type) {
      $0.uint16(UInt16(typeOIDs.count))
      for type in typeOIDs { $0.uint32(type) }
    }
  }
}
