/// Close: forget a prepared statement or portal.
public struct Close: Sendable, Equatable {
  public static let type = UInt8(ascii: "C")
  public var object: NamedObject
  public init(_ object: NamedObject) { self.object = object }

  public static func decode(_ body: RawSpan) throws(WireError) -> Close {
    try WireReader.read(body) { reader throws(WireError) in Close(try NamedObject.read(&reader)) }
  }

  public func encode(into writer: inout WireWriter) { writer.message(Self.type) { object.write(&$0) } }
}
