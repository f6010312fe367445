/// Flush asks for the answers so far.
public struct Flush: Sendable, Equatable {
  public static let type = UInt8(ascii: "H")
  public init() {}

  public static func decode(_ body: RawSpan) throws(WireError) -> Flush {
    try WireReader.read(body) { _ throws(WireError) in Flush() }
  }

  public func encode(into writer: inout WireWriter) { writer.message(Self.type) { _ in } }
}
