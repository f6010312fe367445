/// EmptyQueryResponse stands for CommandComplete after an empty text.
public struct EmptyQueryResponse: Sendable, Equatable {
  public static let type = UInt8(ascii: "I")
  public init() {}

  public static func decode(_ body: RawSpan) throws(WireError) -> EmptyQueryResponse {
    try WireReader.read(body) { _ throws(WireError) in EmptyQueryResponse() }
  }

  public func encode(into writer: inout WireWriter) { writer.message(Self.type) { _ in } }
}
