/// What Describe and Close name.
public enum NamedObject: Sendable, Hashable {
  case statement(WireName)
  case portal(WireName)

  static func read(_ reader: inout WireReader) throws(WireError) -> NamedObject {
    switch try reader.uint8() {
    case UInt8(ascii: "S"): return .statement(try reader.name())
    case UInt8(ascii: "P"): return .portal(try reader.name())
    default: throw WireError(.value, "Describe and Close take S or P")
    }
  }

  func write(_ writer: inout WireWriter) {
    switch self {
    case .statement(let name):
      writer.uint8(UInt8(ascii: "S"))
      writer.string(utf8: name.utf8)
    case .portal(let name):
      writer.uint8(UInt8(ascii: "P"))
      writer.string(utf8: name.utf8)
    }
  }
}

/// Describe: ask for parameter types and row shape.
public struct Describe: Sendable, Equatable {
  public static let type = UInt8(ascii: "D")
  public var object: NamedObject
  public init(_ object: NamedObject) { self.object = object }

  public static func decode(_ body: RawSpan) throws(WireError) -> Describe {
    try WireReader.read(body) { reader throws(WireError) in Describe(try NamedObject.read(&reader)) }
  }

  public func encode(into writer: inout WireWriter) { writer.message(Self.type) { object.write(&$0) } }
}
