/// ParseComplete answers Parse.
public struct ParseComplete: Sendable, Equatable {
  public static let type = UInt8(ascii: "1")
  public init() {}

  public static func decode(_ body: RawSpan) throws(WireError) -> ParseComplete {
    try WireReader.read(body) { _ throws(WireError) in ParseComplete() }
  }

  public func encode(into writer: inout WireWriter) { writer.message(Self.type) { _ in } }
}
